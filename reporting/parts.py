"""One sealed piece of a report: made and opened here, by whatever part of the work it belongs to."""

from __future__ import annotations

import json
import uuid
from typing import Any

from reporting.models import QueueKey, Report, SealedPart
from reporting.vault import primitives


def seal_part(
    *,
    report: Report,
    kind: str,
    queue_key: QueueKey,
    content: dict[str, Any],
    reporter_public: bytes | None = None,
    once: str | None = None,
    part_key: bytes | None = None,
) -> SealedPart:
    """Add one sealed part to `report`, whose row is locked by this transaction.

    The caller saves `report.part_count`. part_key: 32 bytes, new for each part; given when chunks of a file
    are sealed under it too.
    """
    report.part_count += 1
    part_key, part_id = part_key or primitives.new_key(), uuid.uuid4()
    plain = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return SealedPart.objects.create(
        id=part_id,
        report=report,
        number=report.part_count,
        kind=kind,
        room=queue_key.room,
        epoch=queue_key.epoch,
        sealed_key=primitives.seal_to(queue_key.public_key, part_key),
        reporter_key=primitives.seal_to(reporter_public, part_key) if reporter_public else None,
        body=primitives.encrypt_padded(
            part_key, plain, primitives.part_context(report.reference, str(part_id), kind)
        ),
        once=once,
    )


def open_body(part: SealedPart, part_key: bytes) -> dict[str, Any]:
    """Return what `part`, loaded with its report, holds. Raise SealError or ValueError."""
    place = primitives.part_context(part.report.reference, str(part.pk), part.kind)
    content: dict[str, Any] = json.loads(primitives.decrypt_padded(part_key, part.body, place))
    return content
