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
export const rdsDirectory: Option = {
  name: 'rds-directory',
  value: 'DIR',
  environment: 'LONGSHORE_RDS_DIRECTORY',
  about:
    'where the data of RDS databases lives; with several machines a directory that all of them mount; by default in the data directory',
};
export const rdsPostgresImage: Option = {
  name: 'rds-postgres-image',
  value: 'IMAGE',
  environment: 'LONGSHORE_RDS_POSTGRES_IMAGE',
  about:
    'what RDS databases run, such as postgres:16; by default what longshore image --postgres made, or an official image that the engine has',
};
export const ebsDirectory: Option = {
  name: 'ebs-directory',
  value: 'DIR',
  environment: 'LONGSHORE_EBS_DIRECTORY',
  about:
    'where the data of EBS volumes and snapshots lives; with several machines a directory that all of them mount; by default in the data directory',
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
export const s3Directory: Option = {
  name: 's3-directory',
  value: 'DIR',
  environment: 'LONGSHORE_S3_DIRECTORY',
  about:
    'what stands for S3, as DIR/bucket/key: environment files of containers come from there; by default there is no S3',
};
export const fargateLostAfter: Option = {
  name: 'fargate-lost-after',
  value: 'SECONDS',
  environment: 'LONGSHORE_FARGATE_LOST_AFTER',
  about:
    'how long a machine of the FARGATE capacity may be away before its tasks are stopped, and replaced by their services',
  fallback: '600',
};
export const unroutedCalls: Option = {
  name: 'unrouted-calls',
  environment: 'LONGSHORE_UNROUTED_CALLS',
  about:
    'programs in tasks reach the API whatever the networks of their tasks are; by default they need what they need on AWS, such as a public address, a NAT gateway or a VPC endpoint',
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
/** How tasks here and on other machines reach each other; see `underlayOf`. */
export const underlay: readonly Option[] = [
  {
    name: 'underlay-address',
    value: 'ADDRESS',
    environment: 'LONGSHORE_UNDERLAY_ADDRESS',
    about:
      'IPv4 address of this machine at which other machines reach it, and so its tasks; by default the one that it calls the control plane from',
  },
  {
    name: 'vxlan',
    value: 'WHEN',
    environment: 'LONGSHORE_VXLAN',
    about:
      'packets between tasks of different machines go in VXLAN (UDP port 4776): across (where the machines share no segment), always (as clouds need it), or never',
    fallback: 'across',
  },
];
/** How `up` and `server` carry the API; see `transportOf`. */
export const transport: readonly Option[] = [
  {
    name: 'tls-cert',
    value: 'FILE',
    environment: 'LONGSHORE_TLS_CERT',
    about:
      'PEM certificate to answer with, followed by those that lead upwards from it; by default, and off loopback only, one that Longshore makes itself',
  },
  { name: 'tls-key', value: 'FILE', environment: 'LONGSHORE_TLS_KEY', about: 'its private key, PEM' },
  {
    name: 'insecure-plain-http',
    environment: 'LONGSHORE_INSECURE_PLAIN_HTTP',
    about: 'plain HTTP also off loopback, where everyone on the way can read and change what is asked',
  },
];
/** How a client makes sure of the control plane; see `trustOf`. */
export const trust: readonly Option[] = [
  {
    name: 'ca-file',
    value: 'FILE',
    environment: 'LONGSHORE_CA_FILE',
    about:
      "PEM certificates of the authorities to trust at an https endpoint, such as a copy of tls/ca.pem of the control plane's data directory; by default those that Node.js knows",
  },
  {
    name: 'tls-server-name',
    value: 'NAME',
    environment: 'LONGSHORE_TLS_SERVER_NAME',
    about: "name that the control plane's certificate must have, where it has not the endpoint's",
  },
];
