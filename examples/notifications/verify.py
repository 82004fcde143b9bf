import hashlib, hmac, time


def verify(secret: bytes, header: str, body: bytes) -> bool:
    """Says whether body was signed with secret in the last five minutes."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    t = parts.get("t", "")
    if not t.isdigit() or abs(time.time() - int(t)) > 300:
        return False
    wanted = hmac.new(secret, t.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), parts.get("v1", "").encode())
