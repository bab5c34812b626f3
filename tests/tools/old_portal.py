"""Hashes as earlier portals made them, by the real libraries, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping

import argon2
import bcrypt
from django.contrib.auth import hashers

PASSWORD = "Lantern drift 7é"

#: At costs that take a test no time.
DECLARED = (
    "pbkdf2_sha256:rounds=3000",
    "pbkdf2_sha1:rounds=2000",
    "scrypt:n=2048,r=8,p=2",
    "bcrypt:cost=6",
    "argon2:m=64,t=2,p=1",
)


def made_by_the_libraries(password: str = PASSWORD) -> Mapping[str, str]:
    """One hash of each form, made just now."""
    text = password.encode()
    cheap = argon2.low_level
    return {
        "pbkdf2_sha256": hashers.PBKDF2PasswordHasher().encode(password, "saltsalt", 3000),
        "pbkdf2_sha256 of fewer rounds": hashers.PBKDF2PasswordHasher().encode(password, "other", 1000),
        "pbkdf2_sha1": hashers.PBKDF2SHA1PasswordHasher().encode(password, "saltsalt", 2000),
        "scrypt": hashers.ScryptPasswordHasher().encode(password, "saltsalt", n=2048, r=8, p=2),
        "scrypt of less": hashers.ScryptPasswordHasher().encode(password, "saltsalt", n=2048, r=8, p=1),
        "bcrypt_sha256": hashers.BCryptSHA256PasswordHasher().encode(password, bcrypt.gensalt(6)),
        "bcrypt of Django": hashers.BCryptPasswordHasher().encode(password, bcrypt.gensalt(5)),
        "bcrypt 2b": bcrypt.hashpw(text, bcrypt.gensalt(6)).decode(),
        "bcrypt 2a": bcrypt.hashpw(text, bcrypt.gensalt(4, b"2a")).decode(),
        "bcrypt 2y": bcrypt.hashpw(text, bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
        "argon2id of Django": "argon2"
        + cheap.hash_secret(text, b"saltsaltsalt", 2, 64, 1, 32, argon2.Type.ID).decode(),
        "argon2id, shorter": cheap.hash_secret(text, b"saltsalt", 1, 32, 1, 16, argon2.Type.ID).decode(),
        "argon2i": cheap.hash_secret(text, b"saltsalt", 2, 64, 1, 32, argon2.Type.I).decode(),
    }


FORMS = tuple(made_by_the_libraries())

#: Made once with Django 5.2.19, bcrypt 5.0.0 and argon2-cffi 25.1.0 from "Lantern drift 7é".
GOLDEN: Mapping[str, str] = {
    "pbkdf2_sha256": "pbkdf2_sha256$3000$saltsalt$6lvb1DPfXLdDYEkgM9/ckNrO5gn8cJV94MJfwlSzaQc=",
    "pbkdf2_sha256 of fewer rounds": "pbkdf2_sha256$1000$other$oWrGvX18jCD1ET5u2iOi2JDgghs59U/1fPXZMq3U3UI=",
    "pbkdf2_sha1": "pbkdf2_sha1$2000$saltsalt$mC/ikjsa6SwT9So2Sj5UcJm5nV8=",
    "scrypt": (
        "scrypt$2048$saltsalt$8$2$k/dZW3K7Vap8LxCRUKOT+/+5o1AGfDwGtxV4QGdD98X+7qBDV6s0vq2"
        "8O5lnyhj4lye0NwnEUGTE9uV3tavW5w=="
    ),
    "scrypt of less": (
        "scrypt$2048$saltsalt$8$1$DY9LtdiOVccokWo8fjKL11Y+8KyPB59FYD5RnnpTyzZYszItPT/D/M5"
        "jfhp9LLGzxW9EjmaMi9pdt3raU79h7g=="
    ),
    "bcrypt_sha256": "bcrypt_sha256$$2b$06$ZbS6Kp9//W35x1BbpL.ap.T3llqxKzXWg1rDbHsa02zme2j08n5Fi",
    "bcrypt of Django": "bcrypt$$2b$05$/9QIyDukOXsVZWqNgaawTuPfKRAp6y0zvL96xFNZTiOQZDdLclUhq",
    "bcrypt 2b": "$2b$06$HpCrFOBaxNO8Wy/IWZwKjuvWUZlzg36tGTZzE.9etZFa4b3pDKRBK",
    "bcrypt 2a": "$2a$04$JaAqGLpjQLXq/SeCjAV6W./8kx3gDj8E8nTB08mtBVonuSaoRB8vi",
    "bcrypt 2y": "$2y$04$EMRCDeAwLdipZTJurAY9ieWwzKsGdpp97VtuYBloupprBwVCyoWpq",
    "argon2id of Django": (
        "argon2$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$0pRY6YdPNLOtg/ydKbNEWamgZbQpLHIrCE6oQAZlDxM"
    ),
    "argon2id, shorter": "$argon2id$v=19$m=32,t=1,p=1$c2FsdHNhbHQ$w7BJCBgCM0HOpaaStwUM6w",
    "argon2i": "$argon2i$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$anXnNSbVj7sZfsv3r8/ezqj8Rpnwv2eSLpn9P5PHc6I",
}
