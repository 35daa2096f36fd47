"""The people of the demo who can sign in; `subject` is the immutable id, the same that `lastmetre demo` acts by."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.demo.people import COMMUNITY, compounds
from shared.web.roles import Role


@dataclass(frozen=True)
class Person:
    """A member of staff of the demo city, with the work in both languages."""

    subject: str
    name: str
    latin_name: str
    work: str
    work_in_english: str
    roles: tuple[Role, ...]
    area: str


_GRID = compounds()[0].grid

_PEOPLE = (
    Person("office-liu", "刘敏", "Liu Min", "社区办事员", "clerk of the community", (Role.COMMUNITY,), COMMUNITY),
    Person("office-sun", "孙丽", "Sun Li", "社区办事员", "clerk of the community", (Role.COMMUNITY,), COMMUNITY),
    Person("doctor-chen", "陈静", "Chen Jing", "社区医生", "doctor of the community", (Role.DOCTOR,), COMMUNITY),
    Person("doctor-wu", "吴涛", "Wu Tao", "社区医生", "doctor of the community", (Role.DOCTOR,), COMMUNITY),
    Person("grid-leader-g01", "赵强", "Zhao Qiang", "网格长", "grid leader", (Role.GRID_WORKER,), _GRID),
    Person("keeper-g01", "周燕", "Zhou Yan", "包户人", "keeper", (Role.GRID_WORKER,), _GRID),
    Person("volunteer-he", "何雪", "He Xue", "志愿者", "volunteer", (Role.VOLUNTEER,), COMMUNITY),
    Person("unit-fang", "方文", "Fang Wen", "单位经办人", "clerk of an employer", (Role.EMPLOYER,), COMMUNITY),
    Person("auditor-qian", "钱明", "Qian Ming", "审计员", "auditor of the district", (Role.AUDITOR,), "/jinhe/hedong"),
    Person("operator-ma", "马超", "Ma Chao", "运维人员", "operator", (Role.OPERATOR,), "/"),
    Person("district-gao", "高伟", "Gao Wei", "区防控办", "officer of the district", (Role.CITY,), "/jinhe/hedong"),
    Person("city-lin", "林芳", "Lin Fang", "市防控办", "officer of the city", (Role.CITY,), "/"),
    Person("city-zheng", "郑平", "Zheng Ping", "市防控办", "officer of the city", (Role.CITY,), "/"),
)
PEOPLE: Mapping[str, Person] = {person.subject: person for person in _PEOPLE}
