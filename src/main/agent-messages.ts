/** What an agent's process tells the process that started it, over their channel. */
export const agentReady = { kind: 'agent-ready' } as const;

export function isAgentReady(message: unknown): message is typeof agentReady {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === agentReady.kind;
}
