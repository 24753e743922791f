import { readsEndpointUrl, type AwsVersion } from '../aws-version.ts';

/** What one check found. */
export interface Finding {
  /** Such as `container engine`. */
  readonly what: string;
  readonly state: 'ok' | 'missing';
  /** What was found, or what is wrong and what does not work without it. */
  readonly detail: string;
  /** A command that gets it, where there is one. */
  readonly run?: string;
  /** Without it Longshore runs no tasks; otherwise it only lacks something. */
  readonly needed: boolean;
}

/** One line: `ok …` or `missing …: run …`. */
export function findingLine({ what, state, detail, run, needed }: Finding): string {
  const text = detail.trim().replaceAll(/\s*\n\s*/g, ' ');
  if (state === 'ok') return `ok      ${what}: ${text}`;
  const optional = needed ? '' : ' (optional)';
  return `missing ${what}${optional}: ${text}${run === undefined ? '' : `: run ${run}`}`;
}

/** Whether all that is needed is there. */
export function isComplete(findings: readonly Finding[]): boolean {
  return findings.every(({ state, needed }) => state === 'ok' || !needed);
}

const oldestNode = [20, 15] as const;

/** @param version such as `20.15.1` */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const common = { what: 'Node.js', needed: true } as const;
  if (enough) return { ...common, state: 'ok', detail: version };
  const detail = `${version} is too old, ${oldestNode.join('.')} or newer is needed`;
  return { ...common, state: 'missing', detail, run: 'apt-get install nodejs (or see https://nodejs.org)' };
}

const neededFreeMiB = 1_024;

export function diskFinding(directory: string, freeMiB: number): Finding {
  const common = { what: 'disk space', needed: true } as const;
  const free = `${freeMiB} MiB free for ${directory}`;
  if (freeMiB >= neededFreeMiB) return { ...common, state: 'ok', detail: free };
  return { ...common, state: 'missing', detail: `${free}, at least ${neededFreeMiB} are needed for images and logs` };
}

export function portFinding(port: number, answering: 'longshore' | 'other' | 'nobody'): Finding {
  const common = { what: `port ${port}`, needed: true } as const;
  if (answering === 'nobody') return { ...common, state: 'ok', detail: 'free' };
  if (answering === 'longshore') return { ...common, state: 'ok', detail: 'Longshore answers there' };
  const run = `longshore up --port ${port + 1}, or stop what listens there`;
  return { ...common, state: 'missing', detail: 'in use by something else', run };
}

/** @param path undefined when there is no `aws`; @param version undefined when it does not say */
export function awsFinding(path: string | undefined, version: AwsVersion | undefined): Finding {
  const common = { what: 'aws', needed: false } as const;
  if (path === undefined) {
    const detail = 'the AWS CLI is not needed, but the walk in the README uses it';
    return { ...common, state: 'missing', detail, run: 'apt-get install awscli' };
  }
  if (version === undefined) return { ...common, state: 'ok', detail: path };
  const detail = `${path} ${version.text}`;
  if (readsEndpointUrl(version)) return { ...common, state: 'ok', detail };
  return {
    ...common,
    state: 'ok',
    detail: `${detail}, which does not read AWS_ENDPOINT_URL: give --endpoint-url, as the aws function of longshore env does`,
  };
}

/** What the agent's room says about the machine, a finding each. */
export function networkFindings(report: {
  readonly kind: 'routed' | 'engine' | 'none';
  readonly limitations: readonly string[];
}): readonly Finding[] {
  const { kind } = report;
  if (kind === 'none') {
    return report.limitations.map((detail) => ({ what: 'task network', state: 'missing', detail, needed: true }));
  }
  return [
    { what: 'task network', state: 'ok', detail: networkDetails[kind], needed: true },
    ...report.limitations.map((detail): Finding => ({ what: 'security', state: 'missing', detail, needed: false })),
  ];
}

const networkDetails = {
  routed: 'root rights, ip, nft, veth and the rules all work',
  engine: 'a Docker network per subnet, which needs no root',
} as const;
