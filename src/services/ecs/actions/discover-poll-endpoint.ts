import type { EcsHandler } from '../tasks/deps.ts';

/** Where the agent opens its sessions: on the endpoint it already talks to. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DiscoverPollEndpoint.html */
export function discoverPollEndpoint(): EcsHandler<'DiscoverPollEndpoint'> {
  return (_input, { endpoint }) => ({ endpoint: `${endpoint}/acs/`, telemetryEndpoint: `${endpoint}/tcs/` });
}
