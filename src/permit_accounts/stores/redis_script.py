"""The one script that a Redis store commits with.

Law of this module: the script compares versions and keeps rows. It reads no clock, counts nothing and knows
no limit; how long Redis keeps a key is given to it.

It is given one key for each change, in their order, the same key as often as it is changed; and, after the
shortest time for which a key is kept, three values for each change: the version that must be there (empty:
there is none), the new row (empty: it is removed), and the moment after which Redis may forget it. Times are
milliseconds.
"""

from __future__ import annotations

from typing import Final

#: Answers 0, or the number of the first change whose precondition does not hold; then nothing was written.
#: `MGET` passes over keys that hold no text, which are none of ours. A moment that has passed takes the key
#: away in `PEXPIREAT`; a key that is left with less than the shortest time is written once more.
SCRIPT: Final = """\
local shortest, version, row, moment = ARGV[1], {}, {}, {}
local held = redis.call('MGET', unpack(KEYS))
for n, key in ipairs(KEYS) do
  version[key] = held[n] and (string.match(held[n], '^%[(-?%d+)[,%]]') or 'damaged') or ''
end
for n, key in ipairs(KEYS) do
  if version[key] ~= ARGV[3 * n - 1] then return n end
  row[key], moment[key] = ARGV[3 * n], ARGV[3 * n + 1]
  version[key] = string.match(row[key], '^%[(-?%d+)[,%]]') or ''
end
for key, text in pairs(row) do
  if text == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, text)
    redis.call('PEXPIREAT', key, moment[key])
    if redis.call('PTTL', key) < tonumber(shortest) then redis.call('SET', key, text, 'PX', shortest) end
  end
end
return 0
"""
