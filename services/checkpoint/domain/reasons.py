"""Why a gate decides as it does: stable codes, and their texts for the screen at the gate."""

from enum import StrEnum

FEVER_OVER_C = 37.3


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


REASON_TEXTS = {
    Reason.CODE_FORGED: ("健康码系伪造，禁止通行", "The code is forged: do not let pass"),
    Reason.CODE_EXPIRED: ("健康码已过期，请刷新后重新扫码", "The code has expired: refresh it and scan again"),
    Reason.CREDENTIAL_UNKNOWN: ("查无此人，请人工登记", "Unknown here: register the person by hand"),
    Reason.STANDINGS_UNAVAILABLE: ("名单尚未同步，请人工核验", "The lists are not loaded yet: check by hand"),
    Reason.ISOLATED_NO_EXIT: ("隔离期内不得外出", "In isolation: may not go out"),
    Reason.ISOLATED_ESCORT: ("隔离人员，请由包保人员护送入户", "In isolation: the keeper escorts them home"),
    Reason.CODE_RED: ("红码，请人工处置", "Red code: follow the red-code procedure"),
    Reason.CODE_YELLOW: ("黄码，请人工核验", "Yellow code: check by hand"),
    Reason.FEVER: (f"体温超过{FEVER_OVER_C}℃，请转发热门诊", f"Over {FEVER_OVER_C} °C: refer to the fever clinic"),
    Reason.MASK_MISSING: ("请佩戴口罩", "Ask for a mask"),
    Reason.PERSON_NOT_SHOWN: ("请车内人员逐一出示健康码", "Everyone on board shows a code"),
    Reason.TEMPERATURE_MISSING: ("请测量体温", "Measure the temperature"),
}
