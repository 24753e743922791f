export { startAgent } from './agent.ts';
export { VolumeFiles } from './ebs/volume-files.ts';
export { identityFrom, settingsFrom } from './environment.ts';
export { defaultSettings } from './options.ts';
export { agentVariables } from './variables.ts';
export { hashOf as logEventFingerprint } from './logs/cursor.ts';
export { removeTraces } from './remove-traces.ts';
export type { Agent, AgentOptions, AgentSettings, MetadataOptions } from './options.ts';
export type { AwsCredentials } from './session/credentials.ts';
