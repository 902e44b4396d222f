#!/usr/bin/env bash
# Tells Discord something from a shell or an editor, through the gateway: no bot token is needed here.
#
#   gl2discord.sh <channel> <title> <message>
#
# <channel> is a channel of discovery.yml, such as prs; the message says so where it is none. One that names a pull request, as in "PR #42",
# goes into the thread of that one in the repository of the current folder.
#
#   SOVEREIGN_URL       where the gateway is; http://127.0.0.1:8080 if unset
#   EVENT_HMAC_KEY      the secret of its /event; or
#   EVENT_HMAC_FILE     a file that holds it; ~/.config/sovereign/event-hmac-key if unset
#   SOVEREIGN_PROVIDER  github, gitlab, gitea, forgejo or bitbucket, where the remote's address does not say
set -euo pipefail

fail() {
    printf 'gl2discord: %s\n' "$1" >&2
    exit "${2:-1}"
}

json() { # a text as a JSON string
    local text
    text=$(printf '%s' "$1" | LC_ALL=C tr -d '\000-\010\013\014\016-\037')
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    text=${text//$'\r'/\\r}
    printf '"%s"' "$text"
}

sha256() { openssl dgst -sha256 -r | cut -d' ' -f1; }

bytes() { # hexadecimal digits, each pair combined with a number, as printf has bytes
    local digits=$1 with=$2 place
    for ((place = 0; place < ${#digits}; place += 2)); do
        printf '\\x%02x' $((0x${digits:place:2} ^ with))
    done
}

sign() { # HMAC-SHA256 of $2 with the key $1, which is in no command line: other users could read it there
    local key inner
    key=$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')
    ((${#key} <= 128)) || key=$(printf '%s' "$1" | sha256)
    while ((${#key} < 128)); do key+=00; done
    inner=$({ printf "$(bytes "$key" 0x36)"; printf '%s' "$2"; } | sha256)
    { printf "$(bytes "$key" 0x5c)"; printf "$(bytes "$inner" 0)"; } | sha256
}

[ $# -eq 3 ] || fail 'usage: gl2discord.sh <channel> <title> <message>' 2
key=${EVENT_HMAC_KEY:-}
file=${EVENT_HMAC_FILE:-$HOME/.config/sovereign/event-hmac-key}
[ -n "$key" ] || { [ -r "$file" ] && key=$(cat "$file"); } || true
[ -n "$key" ] || fail "no secret: set EVENT_HMAC_KEY, or write it to $file"

remote=$(git remote get-url origin 2>/dev/null || true)
remote=${remote%/}
remote=${remote%.git}
case $remote in
file:* | /* | .* | ~*) repository= ;; # a folder of this machine is no repository that others know
*:*) repository=$(printf '%s' "$remote" | sed -E 's#^[a-z+]+://([^@/]*@)?[^/]+/##; s#^([^@/]*@)?[^:/]+:##') ;;
*) repository= ;;
esac
provider=${SOVEREIGN_PROVIDER:-}
for each in gitlab gitea forgejo bitbucket github; do
    case ${provider:-$remote} in *"$each"*) provider=$each ;; esac
done

body="{\"channel\":$(json "$1"),\"title\":$(json "$2"),\"message\":$(json "$3")"
body+=",\"actor\":$(json "$(git config user.name 2>/dev/null || id -un)")"
[ -z "$repository" ] || body+=",\"repository\":$(json "$repository")"
[ -z "$provider" ] || body+=",\"provider\":$(json "$provider")"
body+='}'

url=${SOVEREIGN_URL:-http://127.0.0.1:8080}
answer=$(printf '%s' "$body" | curl --silent --show-error --max-time 10 --write-out '\n%{http_code}' \
    --header 'Content-Type: application/json' --header "X-Delivery-Id: $(openssl rand -hex 16)" \
    --header "X-Sig: sha256=$(sign "$key" "$body")" --data-binary @- "${url%/}/event") ||
    fail "the gateway at $url cannot be reached"
[ "${answer##*$'\n'}" = 202 ] || fail "the gateway answers ${answer##*$'\n'}: ${answer%$'\n'*}"
