"""A wrong use of a command line in one sentence: what is wrong, and what to do."""

import click
from click.exceptions import BadOptionUsage, NoSuchCommand, NoSuchOption

from shared.base.terminal import is_chinese, text


def sentence(error: click.ClickException) -> str:
    """Return what is wrong and where the help is, in the terminal's language."""
    wrong = _in_chinese(error) if is_chinese() else _in_english(error)
    context = getattr(error, "ctx", None)
    if context is None:
        return wrong
    if is_chinese():
        return f"{wrong}; 请看 '{context.command_path} --help'"
    return f"{wrong}{' See' if wrong.endswith('?') else ': see'} '{context.command_path} --help'"


def _in_english(error: click.ClickException) -> str:
    if isinstance(error, NoSuchCommand | NoSuchOption) and error.possibilities:
        return f"{error.message} Did you mean {error.possibilities[0]}?"
    if isinstance(error, click.MissingParameter):
        return f"{_name(error)} is missing" + (f": one of {choices}" if (choices := _choices(error)) else "")
    if isinstance(error, click.BadParameter):
        given = error.message.partition(" is not ")[0]
        if number := _number(error):
            return f"{_name(error)} {given} is not {number}"
        if choices := _choices(error):
            return f"{_name(error)} {given} is not one of {choices}"
        return f"{_name(error)}: {error.message.rstrip('.')}"
    return error.format_message().rstrip(".").replace("\n", " ")


def _in_chinese(error: click.ClickException) -> str:
    if isinstance(error, NoSuchCommand):
        return f"没有命令 {error.command_name}{_nearest(error.possibilities)}"
    if isinstance(error, NoSuchOption):
        return f"没有选项 {error.option_name}{_nearest(error.possibilities)}"
    if isinstance(error, click.MissingParameter):
        return f"缺少 {_name(error)}" + (f", 请从 {choices} 中选一个" if (choices := _choices(error)) else "")
    if isinstance(error, click.BadParameter):
        return f"{_name(error)} 的值有误: {_value(error)}"
    if isinstance(error, BadOptionUsage):
        return f"选项 {error.option_name} 后面缺少值, 或不应有值"
    return error.format_message().rstrip(".").replace("Got unexpected extra argument", "多余的参数")


def _nearest(possibilities: list[str] | None) -> str:
    return f", 是否指 {possibilities[0]}" if possibilities else ""


def _name(error: click.BadParameter) -> str:
    if error.param is not None:
        return error.param.get_error_hint(error.ctx).replace("'", "")
    return str(error.param_hint or "")


def _value(error: click.BadParameter) -> str:
    given, _, _ = error.message.partition(" is not ")
    if choices := _choices(error):
        return f"{given}, 请从 {choices} 中选一个"
    if number := _number(error):
        return f"{given}, 应为{number}"
    return error.message.rstrip(".")


def _choices(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    return ", ".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else ""


def _number(error: click.BadParameter) -> str:
    """Return which number an option takes, or nothing where it takes none."""
    kind = error.param.type if error.param is not None else None
    if not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return ""
    whole = isinstance(kind, click.types.IntParamType)
    number = text("整数" if whole else "数字", "a whole number" if whole else "a number")
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is None:
        return number
    if high is not None:
        return number + text(f", 从 {low} 到 {high}", f" from {low} to {high}")
    if getattr(kind, "min_open", False):
        return number + text(f", 大于 {low}", f" more than {low}")
    return number + text(f", 不小于 {low}", f" of {low} or more")
