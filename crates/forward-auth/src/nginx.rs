/// The lines for an nginx `server` block that put the gate at `listen` in front of all its locations.
///
/// They stand at the level of the server, so that a location is guarded unless somebody writes `auth_request off` in it.
#[must_use]
pub fn nginx_conf(listen: &str) -> String {
    include_str!("nginx.conf").replace("GATE", listen)
}
