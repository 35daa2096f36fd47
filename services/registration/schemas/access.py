"""Bodies about the access of people."""

from datetime import datetime

from services.registration.schemas import Body, PersonId, Reason, View


class AccessRevocationBody(Body):
    """Whose tokens count no longer, and why: the subject as tokens name it. Again, it revokes what was issued since."""

    subject: PersonId
    reason: Reason


class AccessRevocationView(View):
    """Tokens of the subject issued up to `revoked_at` are refused; after `expires_at` none of them would live."""

    subject: str
    revoked_at: datetime
    expires_at: datetime
