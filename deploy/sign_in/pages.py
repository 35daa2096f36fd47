"""The provider's pages, Chinese first: who signs in, the second factor, and the end of a session."""

from html import escape

from deploy.sign_in.people import PEOPLE, Person

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
.demo{background:#fff4ce;border:1px solid #8a6d00;padding:.6rem .8rem}
ul{list-style:none;padding:0}button{font:inherit;padding:.5rem .8rem;width:100%;text-align:left;min-height:2.75rem}
small{color:#4a4a4a}:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}"""
_DEMO = """<p class="demo"><strong>演示用登录，不验证身份。</strong>仅限本机；真实城市请使用自己的身份服务。<br>
<span lang="en"><strong>Sign-in for demos: it verifies no identity.</strong> On this machine alone; a real city
uses its own identity provider.</span></p>"""


def who(query: str) -> str:
    """Return the page on which a person is chosen; `query` is the authorization request."""
    rows = "\n".join(f"<li>{_button(person)}</li>" for person in PEOPLE.values())
    return _page(
        "登录 · Sign in",
        f'<form method="post" action="/sign-in">{_hidden(query)}<ul>{rows}</ul></form>',
    )


def second_factor(query: str, person: Person) -> str:
    """Return the page on which the chosen person confirms a second factor."""
    text = (
        f"<p>{escape(person.name)}（{escape(person.work)}）：此操作需要第二因素。真实系统会要求动态口令或安全密钥。<br>"
        f'<span lang="en">{escape(person.latin_name)}: this act needs a second factor.'
        " A real system asks for a one-time code or a security key.</span></p>"
    )
    chosen = f'<input type="hidden" name="person" value="{escape(person.subject)}">'
    button = '<button name="second" value="confirmed" autofocus>确认第二因素 · <span lang="en">Confirm</span></button>'
    return _page(
        "第二因素 · Second factor",
        f'{text}<form method="post" action="/sign-in">{_hidden(query)}{chosen}{button}</form>',
    )


def signed_out() -> str:
    """Return the page after a sign-out that leads nowhere else."""
    return _page("已退出 · Signed out", '<p>您已退出。<br><span lang="en">You are signed out.</span></p>')


def refused(reason: str) -> str:
    """Return the page for a request that goes back to no client."""
    text = f"<p>登录请求有误，请回到原页面重新登录。<br><span lang='en'>The request is wrong: {escape(reason)}."
    return _page("请求有误 · Wrong request", text + " Go back to the page that you came from.</span></p>")


def _button(person: Person) -> str:
    return (
        f'<button name="person" value="{escape(person.subject)}">{escape(person.name)} · {escape(person.work)}'
        f'<br><small lang="en">{escape(person.latin_name)}, {escape(person.work_in_english)}</small>'
        f"<br><small>{escape(person.area)}</small></button>"
    )


def _hidden(query: str) -> str:
    return f'<input type="hidden" name="query" value="{escape(query)}">'


def _page(title: str, content: str) -> str:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html><html lang="zh-CN"><head>{head}<title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{_DEMO}{content}</main></body></html>"
    )
