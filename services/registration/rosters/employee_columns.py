"""The columns of an employer's sheet of staff, as its ledgers name them (员工健康状况一人一档表, R7.2)."""

from services.registration.rosters.cells import Column
from services.registration.rosters.columns import RESIDENT_COLUMNS, Columns, Titles

EMPLOYEE_COLUMNS: Columns = {
    "name": Titles(("姓名", "员工姓名", "员工", "name"), required=True),
    "id_number": RESIDENT_COLUMNS["id_number"]._replace(required=False),
    "phone": RESIDENT_COLUMNS["phone"],
    "employer": Titles(("企业名称", "单位", "单位名称", "工作单位", "统一社会信用代码", "企业", "employer")),
    "post": Titles(("职务", "岗位", "工种", "post")),
    "workshop": Titles(("车间", "部门", "责任部门", "所在部门", "workshop")),
    "team": Titles(("班组", "小组", "组别", "team")),
    "shift": Titles(("班次", "轮班", "shift")),
    "home": Titles(("现住址", "现住地", "居住地址", "家庭住址", "住址", "home")),
    "family": Titles(("同住家属", "家属", "共同居住人", "家庭成员", "family")),
    "since": Titles(("入职日期", "到岗日期", "返岗日期", "since"), Column.DAY),
    "until": Titles(("离职日期", "离岗日期", "until"), Column.DAY),
}
