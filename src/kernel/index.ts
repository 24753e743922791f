export * from './arn.ts';
export * from './bytes.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './log.ts';
export * from './sealer.ts';
export * from './server-trust.ts';
export * from './time.ts';
