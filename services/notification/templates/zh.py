"""Chinese: the terms are those of the field's own forms."""

from services.notification.templates.language import Language, Text

_TEXTS = {
    "case_opened": Text(
        "{kind}通知",
        "您自{starts_on}起{kind}，至{ends_on}止。原因：{reason}。期间请勿外出，每天上午、下午各测一次体温并报告"
        "（两测温、两报告）。",
    ),
    "case_planned": Text(
        "返程后将{kind}",
        "您申报于{starts_on}自高风险地区返回，临近抵达时开始{kind}，至{ends_on}止。行程取消或改期，请及时更改申报。",
    ),
    "case_opened_staff": Text(
        "新增{kind}对象",
        "{where}有一名居民自{starts_on}起{kind}，至{ends_on}止。请落实包保，督促两测温、两报告。",
    ),
    "case_extended": Text("{kind}延长", "您的{kind}延长至{ends_on}。请继续每天两测温、两报告。"),
    "case_moved_staff": Text("{kind}对象变更住址", "您包保的一名{kind}对象现住{where}，由您继续包保。请按新住址上门。"),
    "case_handover": Text(
        "{kind}将移交新社区",
        "您的住址已变更，{kind}随您移交现住地社区，至{ends_on}止。移交期间原包保人员继续负责，请继续每天两测温、两报告。",
    ),
    "case_handover_staff": Text(
        "待接收：{kind}对象迁入", "{where}迁入一名{kind}对象（至{ends_on}）。请核实后接收并落实包保，或说明理由退回。"
    ),
    "case_handover_keeper": Text(
        "{kind}对象迁出，请写移交说明",
        "您包保的一名{kind}对象已迁往{where}。新社区接收前仍由您负责，请写明移交说明。",
    ),
    "case_handed_over": Text(
        "{kind}已移交新社区", "您的{kind}已由现住地社区接收，至{ends_on}止。请继续每天两测温、两报告。"
    ),
    "case_handed_over_staff": Text(
        "接收{kind}对象", "{where}接收一名{kind}对象，至{ends_on}止。请查看移交说明，落实包保。"
    ),
    "case_handed_over_keeper": Text(
        "{kind}对象已移交", "您包保的一名{kind}对象已由{where}接收，您的包保工作随之结束。"
    ),
    "case_handover_refused_staff": Text(
        "{kind}对象移交被退回", "{where}一名{kind}对象的移交被新社区退回，仍由原社区负责。请核实住址，必要时再次移交。"
    ),
    "case_referred": Text(
        "请到发热门诊就诊", "您报告了发热或其他症状。请戴好口罩，在原处等候工作人员安排前往发热门诊，勿乘公共交通。"
    ),
    "case_referred_staff": Text(
        "{kind}对象转发热门诊", "{where}有一名{kind}对象发热或有症状，需转发热门诊。请安排转送并跟踪诊断结果。"
    ),
    "case_extension_asked_staff": Text(
        "待确认：延长{kind}",
        "{where}有一名{kind}对象（现至{ends_on}）被申请延长。请核实后由第二人确认；未按时确认的，期限不变。",
    ),
    "release_requested_staff": Text(
        "待审批：解除{kind}",
        "{where}有一名{kind}对象观察期满（至{ends_on}），测温记录齐全。请审批，以签发《{notice}》。",
    ),
    "release_held_staff": Text(
        "{kind}期满待补记录",
        "{where}有一名{kind}对象观察期满（至{ends_on}），但有{missing}次体温未测。请说明未测原因，方可申请解除。",
    ),
    "case_released": Text("{kind}已解除", "您的{kind}已经批准解除。《{notice}》编号：{notice_id}。感谢您的配合。"),
    "case_released_staff": Text("{kind}已解除", "{where}一名{kind}对象已经批准解除。《{notice}》编号：{notice_id}。"),
    "case_cancelled": Text("{kind}已撤销", "您的{kind}通知有误，现已撤销，不必再测温报告。给您带来不便，深表歉意。"),
    "case_cancelled_staff": Text("{kind}已撤销", "{where}一名居民的{kind}已经撤销，包保工作随之结束。"),
    "case_breached_staff": Text(
        "{kind}对象外出",
        "{where}一名{kind}对象于{at}在卡口{gate_id}出现。请立即核实并劝返。",
    ),
    "measurement_missed": Text("请测温并报告", "您{day}{half_day}的体温尚未报告。请现在测量并报告。"),
    "measurement_missed_staff": Text(
        "体温未报告", "{where}一名隔离对象{day}{half_day}的体温尚未报告。请联系本人，必要时上门测温。"
    ),
    "fever_reported_staff": Text(
        "隔离对象发热", "{where}一名隔离对象{day}{half_day}报告发热。请按发热处置，转发热门诊；体温见其隔离记录。"
    ),
    "symptoms_reported_staff": Text(
        "隔离对象有症状", "{where}一名隔离对象{day}{half_day}报告症状。请查看其隔离记录并评估，必要时转发热门诊。"
    ),
    "standing_changed": Text(
        "健康码变为{colour}",
        "您的健康码现为{colour}。原因：{rule}。有效至：{until}。如有异议，可向社区申诉。",
    ),
    "code_drawn": Text(
        "工作人员代取您的健康码",
        "工作人员{drawn_by}于{at}代您取用或打印健康码。如非您本人要求，请立即告知社区，原码可作废。",
    ),
    "contact_replaced": Text(
        "您的联系方式已变更",
        "工作人员{replaced_by}于{at}变更了您的联系方式，原号码同时收到本消息。如非您本人要求，请立即告知社区。",
    ),
    "single_orders_exceeded_staff": Text(
        "单人赋码超过每日上限",
        "{where}：工作人员{officer}于{day}第{orders}次独自申请变更健康码颜色，已超过每日上限。该次及其后的申请均须第二人批准，请核查。",
    ),
    "rows_to_examine_staff": Text(
        "有名册行待核查",
        "{where}：工作人员{asked_by}于{day}提交的名册涉及您辖区的人员，请在登记系统中核查并决定。同一人员无故大量提交的，请告知审计人员。",
    ),
    "exit_requested_staff": Text(
        "外出申请待审批", "{where}一名居民申请外出（{since}至{until}）。请核对条件后批准，或说明理由后不予批准。"
    ),
    "exit_approved": Text(
        "外出申请已批准", "您的外出申请已批准，通行码自{since}起至{until}有效。出行时请出示通行码和证件。"
    ),
    "exit_refused": Text("外出申请未获批准", "您的外出申请未获批准，请暂不外出。理由见外出申请记录，也可向社区了解。"),
    "exit_revoked": Text("通行码已失效", "您的外出许可已被撤销，通行码不再有效，请勿外出。可向社区了解原因。"),
    "return_asked_staff": Text(
        "返程审批待办理", "{where}一名居民申请返程（{departs_on}出发，{arrives_on}抵达）。请核对表、证、码并签字。"
    ),
    "return_approved": Text(
        "返程已批准", "您{departs_on}出发、{arrives_on}抵达的返程已经批准。抵达后请立即向社区报到。"
    ),
    "return_approved_staff": Text("返程已批准", "{where}一名居民的返程已经批准，{arrives_on}抵达。请做好接收准备。"),
    "return_refused": Text("返程未获批准", "您的返程未获批准，请暂不出发。理由见返程审批记录，也可向社区了解。"),
    "return_arrived_staff": Text(
        "返程人员已抵达", "{where}一名返程人员已于{arrived_at}抵达（出发前{was_approved}）。请立即接收并核查。"
    ),
    "returnee_reported_staff": Text(
        "返程人员线索待核实",
        "{where}有群众报告一名返程人员，请于{due_at}前上门或电话核实。线索内容见登记系统；请勿打听报告人。",
    ),
    "zone_ordered": Text(
        "您所在区域将实行管控",
        "{where}自{since}起实行{kind}（{source}）。请提前备好药品和生活用品；有困难请联系社区。",
    ),
    "zone_began": Text(
        "您所在区域实行管控",
        "{where}自{since}起为{kind}（{source}）。卡口已按此执行；就医、用药和生活困难请立即联系社区。",
    ),
    "zone_changed": Text(
        "您所在区域的管控有变化",
        "{where}（{kind}）的解除申请或规则有变化，现行要求在解除前继续有效（{source}）。详情请询问社区。",
    ),
    "zone_lifted": Text("您所在区域解除管控", "{where}的管控自{until}起解除（{source}）。请继续做好个人防护。"),
    "zone_began_staff": Text(
        "管控区域生效",
        "{where}：管控区域自{since}起生效（{source}），涉及{households}户。卡口已按此执行，请告知居民，落实物资与特殊照护。",
    ),
    "zone_lifted_staff": Text(
        "管控区域解除", "{where}：管控区域自{until}起解除（{source}）。卡口恢复通行，请告知居民。"
    ),
    "appeal_decided": Text(
        "申诉{outcome}",
        "您对健康码（{colour}）提出的申诉{outcome}。理由见申诉记录，也可向社区了解。通行以健康码当前颜色为准。",
    ),
    "fever_at_gate_staff": Text(
        "卡口测温异常", "一人（{where}）于{at}在卡口{gate_id}测得发热。请跟进；医生可在告警记录中查看体温。"
    ),
    "delivery_planned": Text("{kind}待配送", "{kind}将于{due_on}送到您家门口：{lines}。"),
    "delivery_planned_staff": Text("{kind}待配送", "请于{due_on}将{kind}送到{where}：{lines}。"),
    "delivery_failed_staff": Text(
        "{kind}未送达", "{where}的{kind}未能送达：{failure}。请于{due_on}再次配送，并事先联系住户。"
    ),
    "delivery_cancelled": Text("{kind}取消配送", "原定{due_on}送到您家的{kind}已取消：{reason}。"),
    "delivery_cancelled_staff": Text("{kind}取消配送", "原定{due_on}送到{where}的{kind}已取消：{reason}。"),
    "stock_low_staff": Text(
        "物资不足", "{where}的{item}不足：现有{on_hand}，已预留{reserved}，尚缺{quantity}。请补充。"
    ),
}
_WORDS = {
    "home": "居家隔离",
    "lockdown": "封控区（足不出户、服务上门）",
    "control": "管控区（人不出区、按户限额外出）",
    "prevention": "防范区（不聚集）",
    "central": "集中隔离",
    "notice_home": "解除居家医学观察告知书",
    "notice_central": "解除集中医学观察告知书",
    "morning": "上午",
    "afternoon": "下午",
    "green": "绿码",
    "yellow": "黄码",
    "red": "红码",
    "isolation": "正在隔离观察",
    "risk_travel": "有风险地区旅居史",
    "manual": "疫情防控人员人工赋码",
    "no_evidence": "已没有需要管控的情形",
    "other_rule": "疫情防控规定",
    "high_risk_arrival": "自高风险地区返回",
    "fever_at_desk": "分诊台发现发热或症状",
    "doctors_order": "医生决定",
    "other_reason": "疫情防控需要",
    "True": "已获批准",
    "False": "未获批准",
    "upheld": "成立",
    "rejected": "不成立",
    "open_ended": "另行通知",
    "fever": "发热",
    "isolation_kit": "隔离物资包",
    "weekly_care": "一周一送物资",
    "zone_supply": "封控区保供物资",
    "need": "所需物资",
    "nobody_home": "家中无人",
    "refused": "住户拒收",
    "no_access": "无法进入",
    "other": "其他原因",
    "isolation_ended": "隔离已结束",
    "care_ended": "关爱服务已结束",
    "withdrawn": "已撤回",
    "flour": "面粉",
    "milk": "牛奶",
    "disinfectant": "消毒液",
}
CHINESE = Language(
    texts=_TEXTS,
    words=_WORDS,
    comma="、",
    day=lambda day: f"{day.year}年{day.month}月{day.day}日",
    moment=lambda at: f"{at.year}年{at.month}月{at.day}日{at:%H:%M}",
)
