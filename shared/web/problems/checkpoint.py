"""Chinese texts of what the checkpoint service refuses: gates, devices, scans, policies, permits, visitors."""

TEXTS = {
    # Checkpoints and gates.
    "checkpoint.checkpoint_taken": "这个检查点编号已用于别处，检查点也不能改换地点：请换一个编号",
    "checkpoint.gate_closed": "该门岗已关闭：请先开启门岗",
    "checkpoint.gate_elsewhere": "该门岗不属于这个检查点：请只填其中一项",
    "checkpoint.gate_missing": "没有说明是哪个门岗的名单：请填写门岗编号（gate_id）",
    "checkpoint.gate_outside": "门岗不在检查点的地点之内：请更正其中一项",
    "checkpoint.gate_taken": "这个门岗编号已被占用：请换一个编号",
    "checkpoint.no_such_checkpoint": "在您的辖区内没有找到该检查点：请核对后重试",
    "checkpoint.no_such_gate": "在您的辖区内没有找到该门岗，或它已关闭：请核对后重试",
    # Devices and their enrolment.
    "checkpoint.code_expired": "登记码已过期：请向社区领取新码",
    "checkpoint.code_used": "登记码已经用过：请向社区领取新码",
    "checkpoint.code_wrong": "没有这个登记码：请重新核对，或领取新码",
    "checkpoint.device_revoked": "本设备已停用，或已有新的凭证：请用新的登记码重新登记",
    "checkpoint.device_time": "设备时间（请求头 Lastmetre-Device-Time）无法识别：请更正，格式如 2026-01-31T08:00:00Z",
    "checkpoint.enrolment_taken": "这个登记编号已用于另一个门岗：请换一个新编号",
    "checkpoint.no_such_device": "在您的辖区内没有找到该设备：请核对后重试",
    "checkpoint.not_enrolled": "本设备尚未在此登记：请向社区领取登记码",
    # Scans.
    "checkpoint.absurd_scan": "扫码记录的时间或体温不合理：请校准设备时间，或重新测温后再扫",
    "checkpoint.batch_too_large": "一次最多上传 {most} 条扫码记录：请分批上传",
    "checkpoint.busy": "同时上传的扫码记录过多：请在 {seconds} 秒后重新上传",
    "checkpoint.empty_batch": "上传的内容中没有扫码记录：请核对后重新上传",
    "checkpoint.invalid_scan": "扫码记录的格式有误：请更正后重新上传",
    "checkpoint.list_incomplete": "名单正在读取：请稍后再试",
    "checkpoint.scan_id_reused": "同一批中有两条记录使用了同一个编号：请为每条记录使用不同的编号",
    "checkpoint.wrong_gate": "该门岗已关闭、不存在，或不归您管理：请先登记门岗，或使用该门岗的设备",
    # What a list or a count is asked for.
    "checkpoint.subject_missing": "没有说明要查什么：请填写居民、门岗，或门岗所在的地点",
    "checkpoint.time_zone": "起止时间没有写时区：请按 2026-01-31T08:00:00Z 的格式填写",
    "checkpoint.too_many_gates": "该地点内的门岗超过 {most} 个：请缩小范围",
    "checkpoint.window": "时间范围过长，或截止早于开始：请缩短时间，或只查一个门岗",
    # Policies.
    "checkpoint.policy_count": "一个检查点同时最多有 {most} 条通行规则：请先删去尚未开始的规则",
    "checkpoint.policy_curfew": "宵禁须写两个不同的时间，例如 22:00 和 05:00：请更正，或不填",
    "checkpoint.policy_far": "开始时间距今超过 {days} 天：请核对年份",
    "checkpoint.policy_holds": "这条通行规则已经生效并用于扫码，不能再改：请另立一条开始时间更晚的规则",
    "checkpoint.policy_limit": "{name} 须在 0 至 {most} 之间：请更正",
    "checkpoint.policy_past": "开始时间已过，过去的规则不能更改：请填写从现在起的规则",
    "checkpoint.policy_plates": "关注的车牌最多 {most} 个，填写车牌开头，例如 鄂A：请更正",
    "checkpoint.policy_threshold": "发热界限须在 {low} 至 {high} 摄氏度之间：请更正",
    # Permits and visitors.
    "checkpoint.no_such_permit": "在您的辖区内没有找到该通行证：请核对后重试",
    "checkpoint.no_such_visitor": "这不是访客的通行证：请核对后重试",
    "checkpoint.permit_over": "截止时间已过，或早于开始时间：请更正",
    "checkpoint.permit_taken": "这个通行证编号已用于另一张通行证：请换一个新编号",
    "checkpoint.permit_too_long": "通行证最长 {hours} 小时：请提前截止时间",
    "checkpoint.place_missing": "没有说明地点：请填写门岗、检查点或地点中的一项",
    "checkpoint.too_many_entries": "一次最多办理 {most} 个居民和车辆：其余的请随后再办",
    "checkpoint.visitors_barred": "目前不接待访客：请劝返，或先更改检查点的通行规则",
    # Alerts and overrides.
    "checkpoint.no_such_alert": "在您的辖区内没有找到该警报：请刷新列表",
    "checkpoint.no_such_override": "在您的辖区内没有找到这次人工放行：请刷新列表",
    "checkpoint.own_override": "这次放行由您本人作出，不能由您复核：请由同事复核",
}
