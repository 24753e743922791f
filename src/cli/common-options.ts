import type { Option } from './options.ts';

export const port: Option = {
  name: 'port',
  value: 'PORT',
  environment: 'LONGSHORE_PORT',
  about: 'port of the API',
  fallback: '4566',
};
export const endpoint: Option = {
  name: 'endpoint',
  value: 'URL',
  environment: 'AWS_ENDPOINT_URL',
  about: 'of the control plane',
  fallback: 'http://127.0.0.1:4566',
};
export const loadBalancerPorts: Option = {
  name: 'load-balancer-ports',
  value: 'OFFSET',
  environment: 'LONGSHORE_LOAD_BALANCER_PORTS',
  about: 'added to the port of every listener, where low ports may not be bound (port 80 is then OFFSET + 80)',
  fallback: '0',
};
export const dataPlane: Option = {
  name: 'data-plane',
  value: 'KIND',
  environment: 'LONGSHORE_DATA_PLANE',
  about:
    'what carries the traffic of load balancers: node (embedded, needs nothing), haproxy (2.6 or later, must be installed), or auto (haproxy where it is installed, else node)',
  fallback: 'node',
};
export const host: Option = {
  name: 'host',
  value: 'ADDRESS',
  environment: 'LONGSHORE_HOST',
  about: 'address to listen on',
  fallback: '127.0.0.1',
};
export const dataDirectory: Option = {
  name: 'data-dir',
  value: 'DIR',
  environment: 'LONGSHORE_DATA_DIR',
  about: 'where state is kept; by default /var/lib/longshore for root, ~/.local/share/longshore for others',
};
export const efsDirectory: Option = {
  name: 'efs-directory',
  value: 'DIR',
  environment: 'LONGSHORE_EFS_DIRECTORY',
  about:
    'where the data of EFS file systems lives; with several machines a directory that all of them mount, such as over NFS; by default in the data directory',
};
export const engine: Option = {
  name: 'engine',
  value: 'URL',
  environment: 'LONGSHORE_ENGINE',
  about: 'socket of the container engine, such as unix:///var/run/docker.sock; by default the first that answers',
};
export const store: Option = {
  name: 'store',
  value: 'KIND',
  environment: 'LONGSHORE_STORE',
  about: 'where the journal lives: embedded',
  fallback: 'embedded',
};
export const lambdaEndpoint: Option = {
  name: 'lambda-endpoint',
  value: 'URL',
  environment: 'LONGSHORE_LAMBDA_ENDPOINT',
  about: "Lambda's Invoke API, for the lifecycle hooks of deployments, such as http://127.0.0.1:9001; by default none",
};
export const logLevel: Option = {
  name: 'log-level',
  value: 'LEVEL',
  environment: 'LONGSHORE_LOG_LEVEL',
  about: 'debug, info, warn or error',
  fallback: 'info',
};
export const region: Option = {
  name: 'region',
  value: 'REGION',
  environment: 'AWS_REGION',
  about: 'region to use',
  fallback: 'us-east-1',
};
