# shellcheck shell=bash
# Read by every script here: where things are, and how to speak.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
tools=$root/artifacts/tools
stamps=$root/artifacts/stamps
cd "$root"

# Some schedulers and containers give no home; the .NET SDK and npm want one.
if [[ -z ${HOME:-} || ! -w $HOME ]]; then
    export HOME=$root/artifacts/home
    mkdir -p "$HOME"
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
export DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
export PATH=$tools/node/bin:$tools/dotnet:$PATH
[[ -x $tools/dotnet/dotnet ]] && export DOTNET_ROOT=$tools/dotnet

# Stdout is the product of a script; what it tells goes to stderr.
say() { printf '%s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$1" >&2
    [[ -n ${2:-} ]] && printf 'hint: %s\n' "$2" >&2
    exit 1
}

# Runs a command quietly; shows what it said only when it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# One line that changes when any of the given files and folders changes.
content_of() {
    find "$@" -type d \( -name node_modules -o -name dist -o -name bin -o -name obj \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# is_built NAME CONTENT: whether NAME was last built from this content.
is_built() { [[ -f $stamps/$1 && $(<"$stamps/$1") == "$2" ]]; }

set_built() {
    mkdir -p "$stamps"
    printf '%s\n' "$2" >"$stamps/$1"
}

program=$root/src/Fieldkeep/bin/Release/net10.0/fieldkeep

build_program() {
    local content
    content=$(content_of src Directory.Build.props Directory.Packages.props global.json .editorconfig eng)
    if [[ -x $program ]] && is_built program "$content"; then
        return
    fi
    say "building the server"
    # The analyzers speak in script/test; whoever starts a server waits for the program only.
    quietly dotnet build src/Fieldkeep -c Release -p:RunAnalyzers=false -v quiet -nologo || fail "the server does not build" "the compiler's messages are above"
    set_built program "$content"
}

install_web_packages() {
    local content
    content=$(sha256sum web/package-lock.json | cut -d' ' -f1)
    if [[ -d web/node_modules ]] && is_built web-packages "$content"; then
        return
    fi
    say "installing the packages of the web interface"
    (cd web && quietly npm ci --no-audit --no-fund) || fail "npm ci failed in web/" "is the package registry reachable?"
    set_built web-packages "$content"
}

build_web() {
    [[ -f web/package.json ]] || return 0
    local content
    content=$(content_of web)
    if [[ -f web/dist/index.html ]] && is_built web "$content"; then
        return
    fi
    install_web_packages
    say "building the web interface"
    (cd web && quietly npm run build) || fail "the web interface does not build" "the messages are above"
    set_built web "$content"
}
