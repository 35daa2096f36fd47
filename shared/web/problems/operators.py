"""Chinese texts of what every service refuses to operators."""

TEXTS = {
    "operators.whole_city": "运维工作面向全市，您的账号只属于 {area}：请由登录系统管理员把账号的辖区改为 /",
    "dead_letters.unknown": "该服务没有这条死信：请重新打开列表",
    "dead_letters.bus_away": "消息总线暂时取不到这条记录，没有作任何更改：请稍后再试",
    "dead_letters.of_a_replica": (
        "这条记录是被数据副本拒收的，重放不起作用：请让所属服务重新发布 {topic}"
        "（lastmetre topics republish），然后放弃这条死信"
    ),
    "dead_letters.not_own": "这条记录不是该服务自己写的，因此不予发布：请放弃这条死信",
    "dead_letters.gone": "消息总线已不再保存这条记录，无法重放：请放弃这条死信",
    "dead_letters.replayed": "这条死信已经重放：请重新打开，查看处理结果",
}
