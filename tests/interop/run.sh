#!/usr/bin/env bash
# hookctl against the providers' own SDKs, in pinned versions:
#
#     tests/interop/run.sh target/debug/hookctl
#
# Installs the SDKs below .ci/cache/interop, and again whenever a pin has changed. Needs Python 3 (with venv) and Node.
# Nothing is skipped: an SDK that cannot be installed is a failure. (The server of smee.io is in no registry: where it cannot be had
# from GitHub, the channel is one of our own alone.) Last line: interop: N passed, N failed
set -euo pipefail

binary=$(realpath -e "${1:?usage: tests/interop/run.sh HOOKCTL [PROVIDER]...}")
cd "$(dirname "$0")"
cache=$(realpath -m ../../.ci/cache/interop)

install() { # FOLDER COMMAND FILE...: runs COMMAND FOLDER FILE..., unless it has already done so with these FILEs
  local folder=$cache/$1 command=$2
  shift 2
  local pins
  pins=$(cat "$@" | sha256sum)
  if [[ "$(cat "$folder/.pins" 2>/dev/null || true)" != "$pins" ]]; then
    echo "installing ${folder#"$cache"/}: $*"
    rm -rf "$folder"
    mkdir -p "$folder"
    "$command" "$folder" "$@" || return
    echo "$pins" >"$folder/.pins"
  fi
}

from_pypi() { # FOLDER REQUIREMENTS
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$2"
  "$1/bin/pip" check
}

from_npm() { # FOLDER FILE...
  cp "${@:2}" "$1"
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

from_github() { # FOLDER COMMIT: from SMEE_SERVER, if that names a clone, else from GitHub
  git init --quiet "$1" &&
    git -C "$1" fetch --quiet --depth 1 "${SMEE_SERVER:-https://github.com/probot/smee.io}" "$(cat "$2")" &&
    git -C "$1" checkout --quiet FETCH_HEAD &&
    (cd "$1" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error)
}

install python from_pypi requirements.txt
install python-paypal from_pypi requirements-paypal.txt
install python-load from_pypi requirements-load.txt
install node from_npm package.json package-lock.json .npmrc
rm -rf "$cache/node/node" "$cache/node/types"
cp -r receiver.mjs har.mjs node types "$cache/node/" # Node looks for packages beside the program

# What `load` and `listen` write for others, read by others.
"$cache/python-load/bin/python" load.py "$binary"
"$cache/python-load/bin/python" metrics.py "$binary"
node k6.mjs "$binary"
node "$cache/node/har.mjs" "$binary"

# What is made for a provider, by the types of its SDK.
node "$cache/node/types/types.mjs" "$binary"

# What programs do to bodies, and what `verify` says about it.
python3 diagnosis.py "$binary"

# A channel, beside its own client; of its own server, which is in no registry, where GitHub can be reached.
if install smee-server from_github smee-server.txt; then
  node source.mjs "$binary" "$cache/node/node_modules/smee-client" "$cache/smee-server"
else
  node source.mjs "$binary" "$cache/node/node_modules/smee-client"
fi

exec "$cache/python/bin/python" interop.py "$binary" "$cache" "${@:2}"
