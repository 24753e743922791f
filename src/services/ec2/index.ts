export type { Ec2Deps } from './core.ts';
export { defaultNetwork } from './default-network.ts';
export type { DefaultNetwork } from './default-network.ts';
export { PolicyGateway } from './policy-gateway/gateway.ts';
export * from './ports.ts';
export { ec2Service, ec2Tables } from './service.ts';
export { taskInterfaces } from './task-interfaces.ts';
export { loadBalancerNetwork } from './load-balancer-network.ts';
export type { NetworkInterfaceDeps } from './interfaces.ts';
