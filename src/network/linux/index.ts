export { openLinuxNetwork } from './linux-network.ts';
