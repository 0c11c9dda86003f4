/** What a graphics device reports beside its results must reject the run. The devices here only report. */
import { describe, expect, it } from 'vitest';
import { webglDevice, webgpuDevice } from '../../../src/runtime/tfjs/device';

class FakeGpu extends EventTarget {
  scoped: ({ message: string } | null)[] = [];
  depth = 0;
  lose!: (info: { message: string }) => void;
  readonly lost = new Promise<{ message: string }>((resolve) => (this.lose = resolve));
  pushErrorScope(): void {
    this.depth++;
  }
  async popErrorScope(): Promise<{ message: string } | null> {
    this.depth--;
    return this.scoped.shift() ?? null;
  }
}

const nothing = async () => undefined;

const make = () => {
  const gpu = new FakeGpu();
  return { gpu, device: webgpuDevice(gpu as unknown as GPUDevice) };
};

describe('watching WebGPU', () => {
  it('gives the result when nothing was reported', async () => {
    const { gpu, device } = make();
    expect(await device.watch(nothing, async () => 3)).toBe(3);
    expect(gpu.depth).toBe(0);
  });

  it('rejects a run during which a validation error was reported, and not the next', async () => {
    const { gpu, device } = make();
    gpu.scoped = [{ message: 'shader does not parse' }];
    await expect(device.watch(nothing, async () => 3)).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/shader does not parse/) });
    expect(await device.watch(nothing, async () => 4)).toBe(4);
  });

  it('rejects after an error that no scope caught', async () => {
    const { gpu, device } = make();
    gpu.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: { message: 'late' } }));
    await expect(device.watch(nothing, async () => 3)).rejects.toMatchObject({ message: expect.stringMatching(/late/) });
  });

  it('rejects every run on a lost device', async () => {
    const { gpu, device } = make();
    gpu.lose({ message: 'driver reset' });
    await gpu.lost;
    for (let i = 0; i < 2; i++) await expect(device.watch(nothing, async () => 3)).rejects.toMatchObject({ message: expect.stringMatching(/lost: driver reset/) });
  });

  it('lets the error of the work itself through, scopes closed', async () => {
    const { gpu, device } = make();
    await expect(device.watch(() => Promise.reject(new Error('own')), async () => 3)).rejects.toThrow('own');
    await expect(device.watch(nothing, () => Promise.reject(new Error('late')))).rejects.toThrow('late');
    expect(gpu.depth).toBe(0);
  });
});

describe('watching WebGL', () => {
  it('rejects a run in which the context was lost', async () => {
    let lost = false;
    const device = webglDevice({ isContextLost: () => lost } as WebGL2RenderingContext);
    expect(await device.watch(nothing, async () => 1)).toBe(1);
    const run = device.watch(nothing, async () => {
      lost = true;
      return 1;
    });
    await expect(run).rejects.toMatchObject({ name: 'BackendError', message: expect.stringMatching(/context was lost/) });
  });
});
