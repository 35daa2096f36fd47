"""Chinese texts of what is wrong with a roster file as a whole."""

TEXTS = {
    "import.bad_rows": (
        "文件中有错误的行（如第 {rows} 行），并选择了“全部入库，否则都不入库”：没有任何数据入库。请预览、更正后重新导入"
    ),
    "import.bad_csv": "CSV 文件第 {line} 行无法读取，多半是引号没有成对：请更正该行，保存后重新导入",
    "import.columns_missing": (
        "表头缺少这些列：{missing}。能识别的列有：{known}。请在前 15 行内、数据行的上方写好表头，然后重新导入"
    ),
    "import.columns_repeated": "这些列出现了不止一次：{columns}。请各保留一列，然后重新导入",
    "import.empty": "文件中没有数据：请确认选对了花名册，填好后重新导入",
    "import.mapping_lacks": "列对应关系中缺少：{missing}。请为它们选择文件中的列",
    "import.mapping_misses": "文件中没有哪一行含有这些列名：{titles}。请为此文件重新设置列对应关系",
    "import.mapping_unknown": "花名册没有这些列：{unknown}。可用的列有：{known}",
    "import.mapping_unreadable": "列对应关系格式有误：请使用 POST /v1/imports/columns 返回的内容",
    "import.no_heading": "文件前 15 行中没有这样的表头行（至少两个列名）：请选择表头所在的行",
    "import.not_a_workbook": "无法打开这个表格文件，可能已损坏或设有密码：请去掉密码，另存为 .xlsx 后重新导入",
    "import.not_text": "这不是表格文件：请把花名册另存为 .xlsx 或 .csv 后重新导入",
    "import.several_rosters": "这些工作表里各有一份花名册：{sheets}。请分别另存为单独的文件，或删去不需要的工作表",
    "import.too_costly": "文件太复杂，无法读取：请把数据复制到新表格，拆开合并的单元格，或另存为 .csv 后重新导入",
    "import.too_large": "文件解压后过大：请删去图片，按网格拆成几个文件后分别导入",
    "import.too_many_rows": "文件超过 {most} 行：请按网格拆成几个文件后分别导入",
    "import.too_wide": "第 {row} 行的单元格超过 {most} 个：请删去右侧多余的内容后重新导入",
    "import.unknown_encoding": "文件的文字编码无法识别：请另存为 .xlsx 或 UTF-8 编码的 .csv 后重新导入",
}
