export type { AwsCredentials } from './credentials.ts';
export { encodeQuery, signBodiless, signJsonRequest, signUpgrade } from './signatures.ts';
export { ServerTime } from './server-time.ts';
export { DialledSocket, type Connection, type DialOptions, type Ended, type SocketLimits } from './dialled-socket.ts';
export { ToldSocket, type ToldSocketOptions } from './told-socket.ts';
export { websocketUrl } from './websocket-url.ts';
