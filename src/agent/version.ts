/** How the agent names itself to the control plane. */
export const agentVersion = '0.1.0';
export const agentHash = 'longshore';
export const userAgent = `Longshore Agent - v${agentVersion} (linux)`;
