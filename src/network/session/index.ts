export { PolicedNetwork } from './policed-network.ts';
export { PolicySession } from './policy-session.ts';
