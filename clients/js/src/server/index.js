// The server's side of a step-up: verify an access token, require a level, an age or one approved action, answer with
// the challenge of RFC 9470. Works wherever Request, Response and WebCrypto do; the adapters put it into a framework.

export { ConfigError } from "./config.js";
export { InvalidDetails, canonical, digest, isReadable, riserAction } from "./details.js";
export { readDecision } from "./decision.js";
export { Guard, createGuard } from "./guard.js";
export { Requirement } from "./requirement.js";
export { Token } from "./token.js";
