/** Mounts the app. The engine's client is loaded on first use. */
import { provideEngine } from './state/engine-client';
import { watchSentBytes } from './state/sent-bytes';
import { mount } from './ui/mount';

watchSentBytes(window);
provideEngine(async () => (await import('./worker/client')).createEngineClient());
mount(document.querySelector<HTMLElement>('#root')!);
