#!/usr/bin/env python3
"""Kiểm tra tệp nhật ký đã niêm phong bằng thứ duy nhất là khóa công khai · verifies sealed days of a play log with nothing but the public key.

    verify-evidence.py SITE PUBLIC_KEY_BASE64 2026-11-22.jsonl.gz [2026-11-23.jsonl ...]

Files in the order of their records. The format is docs/evidence-format.md; this program was written from that page and shares no code with
bangtin: Python 3.8 or later, standard library only. Exit: 0 every file holds, 1 one does not, 2 bad usage or a file that cannot be read.
"""
import base64
import gzip
import hashlib
import json
import re
import sys
import zlib

# Ed25519 verification (RFC 8032, section 5.1.7).
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    s, u, c, d = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P, 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = u - s, d - c, d + c, u + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    out = (0, 1, 1, 0)
    while n > 0:
        if n & 1:
            out = add(out, point)
        point, n = add(point, point), n >> 1
    return out


def unpack(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = unpack((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, sig):
    point, r, s = unpack(key), unpack(sig[:32]), int.from_bytes(sig[32:], "little")
    if len(sig) != 64 or point is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(sig[:32] + key + text).digest(), "little") % L
    (x1, y1, z1, _), (x2, y2, z2, _) = times(s, BASE), add(r, times(h, point))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


def sha(data):
    return hashlib.sha256(data).hexdigest()


START = re.compile(rb'\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})",')
SUM = re.compile(rb',"sum":"([0-9a-f]{16})"\}$')


def check(site, key, path, raw, before):
    """Returns (sequence number, hash) of the last line; raises ValueError with the line and the reason."""
    if path.endswith(".gz"):
        raw = gzip.decompress(raw)
    if not raw.endswith(b"\n"):
        raise ValueError("the last line is cut off")
    seq = prev = seal = None
    lines = raw[:-1].split(b"\n")
    for number, line in enumerate(lines, 1):
        start, end = START.match(line), SUM.search(line)
        if start is None or end is None:
            raise ValueError(f"line {number}: is no record")
        if sha(line[: end.start()])[:16] != end.group(1).decode():
            raise ValueError(f"line {number}: its sum does not match its bytes")
        said = (int(start.group(1)), start.group(2).decode())
        expected = (seq + 1, prev) if number > 1 else (before[0] + 1, before[1]) if before else said
        if said != expected:
            raise ValueError(f"line {number}: does not follow the line before it")
        seq, prev, seal = said[0], sha(line), line
    body = json.loads(seal)
    if body["kind"] != "seal":
        raise ValueError("the day is not sealed")
    if body["head"] != body["prev"] or body["records"] != len(lines) - 1:
        raise ValueError("the seal is not that of these lines")
    text = f"bangtin/1\nseal\n{site}\n{body['day']}\n{body['records']}\n{body['head']}".encode()
    if body["key"] != sha(key)[:32] or not signed(key, text, base64.b64decode(body["sig"])):
        raise ValueError("the seal is not signed by this key for this site")
    print(f"{path}: {len(lines)} records, sealed {body['day']}: VERIFIED · ĐÚNG")
    return seq, prev


def main(args):
    if "--help" in args or "-h" in args:
        print(__doc__)
        return 0
    if len(args) < 3 or not re.fullmatch(r"[A-Za-z0-9+/]{43}=", args[1]):
        print(__doc__, file=sys.stderr)
        return 2
    before, wrong, unread = None, False, False
    for path in args[2:]:
        try:
            with open(path, "rb") as file:
                raw = file.read()
        except OSError as why:
            print(f"{path}: không đọc được · cannot be read: {why.strerror}", file=sys.stderr)
            before, unread = None, True
            continue
        try:
            before = check(args[0], base64.b64decode(args[1]), path, raw, before)
        except (ValueError, KeyError, TypeError, EOFError, OSError, zlib.error) as why:
            print(f"{path}: {why}: DOES NOT VERIFY · KHÔNG KHỚP")
            before, wrong = None, True
    # A file that does not hold is the graver finding.
    return 1 if wrong else 2 if unread else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
