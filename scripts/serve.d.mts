import type { Server } from 'node:http';

export function createFileServer(folder: string): Server;
export function safePath(address: string): string | undefined;
