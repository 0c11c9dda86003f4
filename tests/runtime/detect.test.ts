/** What Node has of backends, and why it lacks the others. */
import { describe, expect, it, vi } from 'vitest';
import { clockStepMs } from '../../src/runtime/clock';
import { describeBackend, listBackends } from '../../src/runtime/detect';

describe('the list of backends', () => {
  it('names each once, with what it runs on or why it is missing', async () => {
    const backends = await listBackends();
    expect(backends.map(({ id, available }) => [id, available])).toEqual([
      ['webgpu', false], ['webgl', false], ['wasm', true], ['cpu', true], ['litert-webgpu', false], ['litert-webnn', false], ['litert-wasm', true],
    ]);
    for (const { available, adapter, reason } of backends) expect([adapter !== '', reason !== '']).toEqual([available, !available]);
  });

  it('tells a browser without WebGPU from one without an adapter', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
    const { available, reason } = await describeBackend('webgpu');
    vi.unstubAllGlobals();
    expect(available).toBe(false);
    expect(reason).toMatch(/no graphics adapter/);
  });

  it.each([
    [{ vendor: 'apple', architecture: 'metal-3', device: '', description: '' }, 'apple metal-3', false],
    [{ vendor: 'google', architecture: 'swiftshader', device: '', description: 'SwiftShader Device (LLVM 10)' }, 'SwiftShader Device (LLVM 10)', true],
  ])('names the adapter and says whether it is software', async (info, adapter, software) => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ info, features: new Set(['timestamp-query']) }) } });
    const described = await describeBackend('webgpu');
    vi.unstubAllGlobals();
    expect(described).toEqual({ id: 'webgpu', available: true, adapter, software, reason: '', timestamps: true });
  });

  it('tells a browser without WebNN from one whose system has none, and from one that has it', async () => {
    const destroy = vi.fn<() => void>();
    const describeIn = async (navigator: object) => {
      vi.stubGlobal('navigator', navigator);
      const described = await describeBackend('litert-webnn');
      vi.unstubAllGlobals();
      return described;
    };
    expect(await describeIn({})).toMatchObject({ available: false, reason: expect.stringMatching(/no WebNN/) });
    expect(await describeIn({ ml: { createContext: () => Promise.reject(new Error('NotSupportedError')) } })).toMatchObject({ available: false, reason: expect.stringMatching(/not for this system/) });
    expect(await describeIn({ ml: { createContext: async () => ({ destroy }) } })).toMatchObject({ available: true, adapter: 'WebNN', reason: '' });
    expect(destroy).toHaveBeenCalledOnce();
  });

  it('names the WebGL renderer, and gives the context back', async () => {
    const extensions: Record<string, unknown> = { EXT_color_buffer_float: {}, WEBGL_debug_renderer_info: { UNMASKED_RENDERER_WEBGL: 7 }, WEBGL_lose_context: { loseContext: vi.fn<() => void>() } };
    const context = { RENDERER: 1, getExtension: (name: string) => extensions[name] ?? null, getParameter: (code: number) => (code === 7 ? 'ANGLE (llvmpipe)' : 'WebKit WebGL') };
    vi.stubGlobal('OffscreenCanvas', class { getContext = () => context; });
    expect(await describeBackend('webgl')).toMatchObject({ available: true, adapter: 'ANGLE (llvmpipe)', software: true });
    expect((extensions['WEBGL_lose_context'] as { loseContext: unknown }).loseContext).toHaveBeenCalledOnce();
    delete extensions['EXT_color_buffer_float'];
    expect(await describeBackend('webgl')).toMatchObject({ available: false, reason: expect.stringMatching(/float textures/) });
    vi.unstubAllGlobals();
  });
});

describe('the clock', () => {
  it('tells its step', () => {
    let time = 0;
    expect(clockStepMs(() => Math.floor(time++ / 7) * 0.25)).toBe(0.25);
    expect(clockStepMs()).toBeGreaterThan(0);
  });

  it('does not hang on a clock that stands still', () => {
    expect(clockStepMs(() => 5)).toBe(Infinity);
  });
});
