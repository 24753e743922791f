/** What a part's process tells the process that started it, over their channel. */
export const agentReady = { kind: 'agent-ready' } as const;

/** The same of a balancer's process: its data plane is open. */
export const balancerReady = { kind: 'balancer-ready' } as const;

/** Whether a message is the one that says so. */
export function isReady(message: unknown, wanted: { readonly kind: string }): boolean {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === wanted.kind;
}
