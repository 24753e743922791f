export * from './local-image.ts';
