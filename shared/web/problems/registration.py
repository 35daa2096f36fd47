"""Chinese texts of what registration refuses: files, places, journeys, orders, appeals, codes, imports."""

TEXTS = {
    # Places and residents.
    "registration.no_parent": "只有市级可以新建城市：请填写上级地点",
    "registration.no_such_place": "没有这个地点，或它不在您的辖区内：请核对编码，或先登记该地点",
    "registration.no_such_resident": "在您的辖区内没有找到该居民：请核对后重试，或联系其所在社区",
    "registration.place_level": "地点的级别不对，或该编码已用于其他级别：请更正级别或上级，或换一个编码",
    "registration.search_phone": "按电话搜索须填写完整号码或末 {digits} 位数字：请更正后重试",
    "registration.search_door": "门牌有误：请写成 3号楼2单元501 或 3-2-501，也可以只写楼栋",
    "registration.search_compound": "一次最多在 {most} 个小区中查找门牌：请先写小区名称，或选择小区",
    # Contacts and claims on colleagues.
    "registration.bad_phone": "电话号码有误：请只写一个号码，7 至 15 位数字，手机号为 11 位",
    "registration.claim_over": "这份声明没有在期限内得到确认：请重新填写联系方式",
    "registration.no_such_claim": "在您的下级中没有找到这份声明：由两个单位共同的上级区或市级确认",
    "registration.not_your_contact": "同事的联系方式只能由所在单位填写：请联系该单位",
    # The staff directory.
    "registration.no_such_staff": "在您辖区的名册中没有此人：请核对账号，或联系其所在单位",
    "registration.staff_elsewhere": "此人属于其他单位的名册：由两个单位共同的上级或市级变更其辖区",
    "registration.staff_known": "此人已在名册中：请修改原条目",
    "registration.staff_name": "姓名有误：请核对后重新填写",
    "registration.staff_resident": "这是居民档案的编号：请填写此人工作时登录所用的账号",
    "registration.staff_unknown": "没有账号时以电话区分人员：请填写账号或电话",
    # Leading groups.
    "registration.group_dissolved": "该小组已撤销：请新建小组",
    "registration.group_taken": "该编号已用于另一个小组：请换一个编号",
    "registration.no_such_group": "在您的辖区内没有找到该小组：请刷新列表",
    # Evidence that waits for a second person.
    "registration.nothing_waits": (
        "该居民没有等待第二人确认的发热或行程记录：个案请在隔离管理中确认，码色指令请在指令列表中批准"
    ),
    "registration.own_statement": "您提出的情况不能由您本人确认：请由同事确认",
    "registration.statement_over": "码色原先的依据已经失效：如果情况仍然属实，请重新填报",
    # Cards and codes.
    "registration.bad_card": "卡号有误，应为 4 至 64 位字母和数字：请核对后重新填写",
    "registration.card_held": "此卡不能直接发放：请换发新卡，或请上级核查后发放",
    "registration.card_over": "该卡已作废或过期：请重新制卡",
    "registration.code_expired": "健康码已过期，门岗不再接受：请重新出示或重新制卡",
    "registration.code_of_another": "健康码由居民本人领取：如需代办，请由社区打印纸质卡",
    "registration.no_such_code": "没有找到这个码：它不在您的辖区内，或早已过期。请核对后重试",
    # Rows that are examined by hand.
    "registration.examined": "该行已经处理过：无需再次处理",
    "registration.no_such_examination": "在您的辖区内没有找到待核查的该行：请刷新列表",
    "registration.own_row": "该行由您提交，不能由您本人核查：请由同事办理",
    # Journeys.
    "registration.journey_case": "高风险地区的行程会开立隔离个案：请在隔离管理中确认该个案",
    "registration.journey_settled": (
        "该行程无需第二人处理：由居民本人申报，或已确认。如有错误，请在隔离管理中更正个案，或处理居民的申诉"
    ),
    "registration.own_journey": "您申报的行程不能由您本人确认或驳回：请由同事办理",
    "registration.journey_cancelled": "该行程已取消：请重新申报新的行程",
    "registration.journey_dates": "行程日期有误：请更正出发和到达日期",
    "registration.journey_near": "码色依据的是该居民自 {begins_on} 起的行程：请联系社区更正个案和码色",
    "registration.journey_taken": "这个行程编号已用于另一份申报：请换一个新编号",
    "registration.no_risk_list": "{day} 没有生效的风险地区名单：请换一个日期",
    "registration.no_such_journey": "在您的辖区内没有找到该行程：请核对后重试",
    # Appeals.
    "registration.appeal_decided": "该申诉已有结果，不能再改：如仍有异议，请重新申诉",
    "registration.appeal_open": "针对这个码色已有一份申诉正在处理：请等待结果",
    "registration.appeal_taken": "这个申诉编号已用于另一份申诉：请换一个新编号",
    "registration.no_such_appeal": "在您的辖区内没有找到该申诉：请核对后重试",
    "registration.nothing_to_appeal": "目前是绿码，无需申诉",
    "registration.own_appeal": "您提出的申诉不能由您本人决定：请由同事办理",
    # Colour orders.
    "registration.no_such_order": "没有找到该码色指令：它不存在，或不在您的辖区内。请刷新列表",
    "registration.order_decided": "该码色指令已经办理，不能再改：如有需要，请重新提出",
    "registration.order_expired": "该码色指令没有在期限内得到批准：请重新提出",
    "registration.order_green": "绿码不能人工下达：请撤销码色所依据的指令，或结束相应的个案",
    "registration.order_not_in_force": "只能撤销正在生效的码色指令，这一份没有生效：请刷新列表",
    "registration.order_over": "该码色指令的截止时间已过：请驳回，如有需要请重新提出",
    "registration.order_taken": "这个指令编号已用于另一份指令：请换一个新编号",
    "registration.order_until": "截止时间须晚于现在，且不超过 {days} 天：请更正截止时间",
    "registration.own_order": "该码色指令由您提出或批准，不能再由您批准或处理对它的申诉：请由同事办理",
    # Imports and undoing.
    "registration.import_id_taken": "这个导入编号已用于另一个文件：请换一个新编号",
    "registration.import_rows_gone": "待导入的数据等待过久，已被清除：请重新导入文件",
    "registration.import_rows_unreadable": "待导入的数据无法读取：请重新导入文件，并把导入编号告知运维人员",
    "registration.no_such_change": "在您的辖区内没有找到这次变更：请刷新页面",
    "registration.no_such_import": "在您的辖区内没有找到这次导入：请核对后重试",
    "registration.not_undone": "这次导入没有撤销过：如需撤销，请先提交撤销",
    "registration.nothing_to_undo": "档案已经和变更之前一样：无需撤销",
    # Break-glass.
    "registration.break_glass_taken": "这个编号已用于另一次紧急访问：请换一个新编号",
    "registration.no_such_break_glass": "在您的辖区内没有找到这次紧急访问：请刷新列表",
}
