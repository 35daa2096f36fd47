"""The commands of `lastmetre`, each with its summary: to print the help, no command is imported."""

from shared.base.terminal import text


def summaries() -> dict[str, str]:
    """Return the summaries by command, in the order of the help and in the terminal's language."""
    return {
        "up": text("在本机启动整座城市, 运行到按 Ctrl-C 为止", "Start everything on this machine and keep it running."),
        "status": text("显示各服务的状态", "Show the state of every service."),
        "down": text("有序结束运行中的城市, 并等待结束", "End a running city in order and wait until it has ended."),
        "demo": text(
            "为运行中的城市填入一个社区, 演示一个上午", "Fill the running city and play a morning of its work."
        ),
        "import": text(
            "导入居民或地点花名册 (.xlsx 或 .csv)", "Import a roster of residents or places, .xlsx or .csv."
        ),
        "token": text("打印某一角色在某一辖区的访问令牌", "Print an access token for a role within an area."),
        "device": text("为闸机设备生成一次性注册码", "Create a one-time code that enrols a device at a gate."),
        "scan": text("提交 NDJSON 或 .csv 文件中的扫码记录", "Post scans from an NDJSON or .csv file, with receipts."),
        "scanner": text("在闸口扫码, 断网也能继续", "Scan at a gate, also with the network pulled."),
        "rehearse": text("演练闸口高峰, 然后全城对账", "Play a rush at the gates of the running city, then audit it."),
        "audit": text("核对回执、数据库、消息总线与待发记录", "Compare receipts, stores, bus and outboxes."),
        "verify-log": text("核验操作日志未被改动、删除或插入", "Verify that the chained logs of acts are unchanged."),
        "dead-letters": text(
            "查看、重放或放弃未能处理的消息", "List, replay or discard records that no service handled."
        ),
        "topics": text("创建、列出、检查或补发总线上的主题", "Create, list, check or fill the topics on a bus."),
        "keys": text("生成城市的密钥, 或分步更换", "Create the keys of a city, or replace them step by step."),
        "completion": text("打印 shell 的补全脚本", "Print a script that completes commands in a shell."),
    }
