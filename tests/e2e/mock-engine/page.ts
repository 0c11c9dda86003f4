/** The whole page over an engine of made-up answers, so that every state of the screen can be looked at and checked. */
import { provideEngine } from '../../../src/state/engine-client';
import { mount } from '../../../src/ui/mount';
import { mockEngine, type MockState } from './mock-engine';

const state = (new URLSearchParams(location.search).get('state') ?? 'plain') as MockState;
const engine = mockEngine(state);
provideEngine(() => Promise.resolve(engine));
mount(document.querySelector<HTMLElement>('#root')!);
