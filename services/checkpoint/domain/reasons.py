"""Why a gate decides as it does: stable codes, and their texts for the screen at the gate."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a gate decides as it does; stable codes."""

    CODE_FORGED = "code_forged"
    CODE_EXPIRED = "code_expired"
    CREDENTIAL_UNKNOWN = "credential_unknown"
    STANDINGS_UNAVAILABLE = "standings_unavailable"
    ISOLATED_NO_EXIT = "isolated_no_exit"
    ISOLATED_ESCORT = "isolated_escort"
    CODE_RED = "code_red"
    CODE_YELLOW = "code_yellow"
    FEVER = "fever"
    MASK_MISSING = "mask_missing"
    PERSON_NOT_SHOWN = "person_not_shown"
    TEMPERATURE_MISSING = "temperature_missing"
    CODE_REVOKED = "code_revoked"
    EXIT_NEEDS_PERMIT = "exit_needs_permit"
    CURFEW = "curfew"
    NOT_LISTED = "not_listed"
    VISITORS_BARRED = "visitors_barred"
    VISITOR_UNREGISTERED = "visitor_unregistered"
    PLATE_WATCHED = "plate_watched"
    POLICY_UNAVAILABLE = "policy_unavailable"
    OFFLINE_UNKNOWN = "offline_unknown"
    CREDENTIAL_UNREADABLE = "credential_unreadable"
    ID_NUMBER_WRONG = "id_number_wrong"
    TRIES_HELD = "tries_held"
    SECOND_COMPOUND = "second_compound"
    ZONE_NO_EXIT = "zone_no_exit"
    ZONE_NO_ENTRY = "zone_no_entry"
    ZONE_RETURN = "zone_return"
    ZONE_PART = "zone_part"
    HOUSEHOLD_QUOTA = "household_quota"
    PASS_MISSING = "pass_missing"
    PASS_OF_ANOTHER = "pass_of_another"
    PASS_EARLY = "pass_early"
    PASS_EXPIRED = "pass_expired"
    PASS_USED_UP = "pass_used_up"
    PASS_REVOKED = "pass_revoked"
    PASS_WRONG_PLATE = "pass_wrong_plate"
    PASS_ELSEWHERE = "pass_elsewhere"


REASON_TEXTS = {
    Reason.CODE_FORGED: ("健康码系伪造，禁止通行", "The code is forged: do not let pass"),
    Reason.CODE_EXPIRED: ("健康码已过期，请刷新后重新扫码", "The code has expired: refresh it and scan again"),
    Reason.CREDENTIAL_UNKNOWN: ("查无此人，请人工登记", "Unknown here: register the person by hand"),
    Reason.STANDINGS_UNAVAILABLE: ("名单尚未同步，请人工核验", "The lists are not loaded yet: check by hand"),
    Reason.ISOLATED_NO_EXIT: ("隔离期内不得外出", "In isolation: may not go out"),
    Reason.ISOLATED_ESCORT: ("隔离人员，请由包保人员护送入户", "In isolation: the keeper escorts them home"),
    Reason.CODE_RED: ("红码，请人工处置", "Red code: follow the red-code procedure"),
    Reason.CODE_YELLOW: ("黄码，请人工核验", "Yellow code: check by hand"),
    Reason.FEVER: ("体温超标，请转发热门诊", "Fever: refer to the fever clinic"),
    Reason.MASK_MISSING: ("请佩戴口罩", "Ask for a mask"),
    Reason.PERSON_NOT_SHOWN: ("请车内人员逐一出示健康码", "Everyone on board shows a code"),
    Reason.TEMPERATURE_MISSING: ("请测量体温", "Measure the temperature"),
    Reason.CODE_REVOKED: ("此码已作废，请核验身份证件", "The code was revoked: check the identity card"),
    Reason.EXIT_NEEDS_PERMIT: ("小区封闭管理，凭出门证外出", "The compound is closed: out with an exit permit only"),
    Reason.CURFEW: ("宵禁时段，凭出门证外出", "Curfew: out with an exit permit only"),
    Reason.NOT_LISTED: ("不在准入名单内", "Not on the list of this gate"),
    Reason.VISITORS_BARRED: ("谢绝访客入内", "No visitors here"),
    Reason.VISITOR_UNREGISTERED: ("访客请先登记", "Register the visitor first"),
    Reason.PLATE_WATCHED: ("风险地区车辆，请人工核验", "A vehicle from a risk region: check by hand"),
    Reason.POLICY_UNAVAILABLE: ("卡口规则尚未同步，请人工核验", "The gate's rules are not loaded yet: check by hand"),
    Reason.ID_NUMBER_WRONG: ("身份证号有误，请重新输入", "The ID number is mistyped: enter it again"),
    Reason.TRIES_HELD: (
        "查无此人次数过多，一分钟内不核验卡和证件号，请扫码或人工核验",
        "Too many unknown numbers: for a minute, scan codes or check by hand",
    ),
    Reason.SECOND_COMPOUND: ("数分钟内在另一小区出现，请核对本人", "At another compound minutes ago: check who it is"),
    Reason.ZONE_NO_EXIT: ("封控区内，足不出户，禁止外出", "Lockdown area: no resident may leave"),
    Reason.ZONE_NO_ENTRY: ("封控、管控区内，非本区居民不得入内", "Lockdown or control area: residents only"),
    Reason.ZONE_RETURN: (
        "封控区居民返家，请核对住址后入内，之后不得外出",
        "Lockdown area: check that the person lives here; once in, may not leave",
    ),
    Reason.ZONE_PART: ("部分楼栋封控，离线请核对住址", "A part of this compound is in a zone: check the door"),
    Reason.HOUSEHOLD_QUOTA: ("本户外出人次已用完，不得外出", "The household's exits are used up: may not leave now"),
    Reason.PASS_MISSING: (
        "离市、离省须凭通行码，请先申请外出",
        "Leaving takes a pass: ask for a permission to leave first",
    ),
    Reason.PASS_OF_ANOTHER: ("通行码不是本人的，禁止通行", "The pass is another person's: do not let pass"),
    Reason.PASS_EARLY: ("通行码未到生效时间", "The pass is not good yet: see its first day"),
    Reason.PASS_EXPIRED: ("通行码已过期，请重新申请", "The pass has expired: ask for a new one"),
    Reason.PASS_USED_UP: ("通行码的外出次数已用完", "The exits of the pass are used up"),
    Reason.PASS_REVOKED: ("通行码已撤销，不得外出", "The pass was revoked: may not leave"),
    Reason.PASS_WRONG_PLATE: ("车牌与通行码不符，请核对车辆", "Another vehicle than the pass names: compare the plate"),
    Reason.PASS_ELSEWHERE: ("通行码不适用于本卡口", "The pass does not hold at this gate"),
    Reason.OFFLINE_UNKNOWN: ("离线无法核实，请人工核验", "Cannot be looked up offline: check by hand"),
    Reason.CREDENTIAL_UNREADABLE: ("未能读取证件，请重新扫描或人工登记", "Not read: scan again, or register by hand"),
}
