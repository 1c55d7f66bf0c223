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
    find "$@" -type d \( -name node_modules -o -name generated -o -name dist -o -name bin -o -name obj \) -prune -o -type f -print0 |
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
    compile_ahead "${program%/*}"
    set_built program "$content"
}

# find_ahead_compiler: the folder of the compiler that compiles ahead. It is a package that no lock file holds to one content; eng/ahead/packages.sha512 does.
find_ahead_compiler() {
    local package
    package=$(dotnet msbuild eng/ahead/Ahead.csproj -restore -t:TellCompiler -nologo -v:minimal 2>/dev/null </dev/null | sed -n 's/^ *package //p') || return 1
    [[ -f $package/tools/crossgen2 ]] || return 1
    # Only the line of this package is looked at: there is one for each machine and version that was tried.
    (cd "$package" && grep -F "  $(basename -- *.nupkg)" "$root/eng/ahead/packages.sha512" | sha512sum --check --status) || return 1
    printf '%s\n' "$package/tools"
}

# compile_ahead FOLDER…: has what Fieldkeep is made of, in these folders, compiled for this machine: the first page comes in half of the time. Where the compiler for
# that cannot be had, or does not take a library, that stays as it is and is compiled while it runs.
compile_ahead() {
    local kept=$root/artifacts/ahead machine compiler folder name file sum ready
    local -a references
    if ! compiler=$(find_ahead_compiler); then
        say "there is no compiler known that compiles ahead on this machine; starts take longer"
        return 0
    fi
    machine=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
    mkdir -p "$kept"
    # Packages carry no modes.
    install -m 755 "$compiler/crossgen2" "$compiler"/*.so "$kept/" || return 0
    mapfile -t references < <(dotnet --list-runtimes | sed -nE 's/^Microsoft\.(NETCore|AspNetCore)\.App (10\.[^ ]+) \[(.*)\]$/-r\n\3\/\2\/*.dll/p')
    for folder in "$@"; do
        for name in Fieldkeep.{Server,XForms,Backup,Vault,Journal} fieldkeep Npgsql Dapper System.CommandLine Microsoft.OpenApi; do
            file=$folder/$name.dll
            [[ -f $file ]] || continue
            sum=$(sha256sum "$file" | cut -d' ' -f1)
            [[ ! -e $kept/$sum.made ]] || continue
            ready=$kept/$sum.dll
            if [[ ! -f $ready ]]; then
                "$kept/crossgen2" "$file" -o "$ready.new" "${references[@]}" -r "$folder/*.dll" --targetos linux --targetarch "$machine" -O >/dev/null 2>&1 </dev/null || continue
                mv "$ready.new" "$ready"
                touch "$kept/$(sha256sum "$ready" | cut -d' ' -f1).made"
            fi
            # Whoever runs the former one goes on with it.
            cp "$ready" "$file.new" && mv "$file.new" "$file"
        done
    done
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
