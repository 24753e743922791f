export { startAgent } from './agent.ts';
export { identityFrom, settingsFrom } from './environment.ts';
export { defaultSettings } from './options.ts';
export { agentVariables } from './variables.ts';
export { hashOf as logEventFingerprint } from './logs/cursor.ts';
export { ManagedInstance } from './managed-instance/managed-instance.ts';
export { removeTraces } from './remove-traces.ts';
export type { Agent, AgentOptions, AgentSettings, MetadataOptions } from './options.ts';
export type { AwsCredentials } from './session/credentials.ts';
