export { NameServer } from './name-server.ts';
export type { NameServerAddress, NameServerOptions } from './name-server.ts';
export { firstOf, prefixedEndpoint } from './names.ts';
export type { Asker, NameRecord, Names } from './names.ts';
export { CloudMapNames } from './zones/cloud-map-names.ts';
export type { CloudMapNamesOptions } from './zones/cloud-map-names.ts';
export { machineNameServers } from './upstream.ts';
export type { UpstreamServer } from './upstream.ts';
