/**
 * WebAssembly SIMD kernels of training, in AssemblyScript (not TypeScript: this file is compiled by build.mjs). They work on the
 * memory of TensorFlow.js's wasm backend: every argument that is an address is one of its tensors, float32, channels last.
 * Nothing here allocates; scratch memory is the caller's.
 */

const FLOAT: usize = 4;

// Limits are taken as pmin(pmax(x, low), high), in this order of operands: what is not a number stays so.

// ---------------------------------------------------------------- elementwise

/** out = dy where low < y < high, else 0. */
export function gate(dy: usize, y: usize, out: usize, size: i32, low: f32, high: f32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  let i: i32 = 0;
  for (; i + 4 <= size; i += 4) {
    const at = <usize>i * FLOAT;
    const value = v128.load(y + at);
    const within = v128.and(f32x4.gt(value, lows), f32x4.lt(value, highs));
    v128.store(out + at, v128.and(v128.load(dy + at), within));
  }
  for (; i < size; i++) {
    const at = <usize>i * FLOAT;
    const value = load<f32>(y + at);
    store<f32>(out + at, value > low && value < high ? load<f32>(dy + at) : 0);
  }
}

/** out = min(max(x · scale + shift, low), high), scale and shift by channel. */
export function scaleAndShift(x: usize, scale: usize, shift: usize, out: usize, rows: i32, channels: i32, low: f32, high: f32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  const whole = channels & ~3;
  for (let row: i32 = 0; row < rows; row++) {
    let c: i32 = 0;
    for (; c < whole; c += 4) {
      const at = <usize>c * FLOAT;
      const value = f32x4.add(f32x4.mul(v128.load(x + at), v128.load(scale + at)), v128.load(shift + at));
      v128.store(out + at, f32x4.pmin(f32x4.pmax(value, lows), highs));
    }
    for (; c < channels; c++) {
      const at = <usize>c * FLOAT;
      const value = load<f32>(x + at) * load<f32>(scale + at) + load<f32>(shift + at);
      store<f32>(out + at, min(max(value, low), high));
    }
    x += <usize>channels * FLOAT;
    out += <usize>channels * FLOAT;
  }
}

// ---------------------------------------------------------------- sums by channel

/** Rows whose sums are taken before they are added to the total: keeps rounding errors small and rows in the cache. */
const BLOCK_ROWS: i32 = 256;

/** out[c] = Σ x. */
export function channelSums(x: usize, out: usize, rows: i32, channels: i32): void {
  memory.fill(out, 0, <usize>channels * FLOAT);
  const stride = <usize>channels * FLOAT;
  for (let first: i32 = 0; first < rows; first += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - first);
    const block = x + <usize>first * stride;
    let c: i32 = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = <usize>c * FLOAT;
      let p = block + at;
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let row: i32 = 0; row < count; row++) {
        s0 = f32x4.add(s0, v128.load(p));
        s1 = f32x4.add(s1, v128.load(p, 16));
        s2 = f32x4.add(s2, v128.load(p, 32));
        s3 = f32x4.add(s3, v128.load(p, 48));
        p += stride;
      }
      v128.store(out + at, f32x4.add(v128.load(out + at), s0));
      v128.store(out + at, f32x4.add(v128.load(out + at, 16), s1), 16);
      v128.store(out + at, f32x4.add(v128.load(out + at, 32), s2), 32);
      v128.store(out + at, f32x4.add(v128.load(out + at, 48), s3), 48);
    }
    for (; c + 4 <= channels; c += 4) {
      const at = <usize>c * FLOAT;
      let p = block + at;
      let s = f32x4.splat(0);
      for (let row: i32 = 0; row < count; row++) {
        s = f32x4.add(s, v128.load(p));
        p += stride;
      }
      v128.store(out + at, f32x4.add(v128.load(out + at), s));
    }
    for (; c < channels; c++) {
      const at = <usize>c * FLOAT;
      let p = block + at;
      let s: f32 = 0;
      for (let row: i32 = 0; row < count; row++) {
        s += load<f32>(p);
        p += stride;
      }
      store<f32>(out + at, load<f32>(out + at) + s);
    }
  }
}

/** out[c] = Σ (x − mean)². */
export function channelSquares(x: usize, mean: usize, out: usize, rows: i32, channels: i32): void {
  memory.fill(out, 0, <usize>channels * FLOAT);
  const stride = <usize>channels * FLOAT;
  for (let first: i32 = 0; first < rows; first += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - first);
    const block = x + <usize>first * stride;
    let c: i32 = 0;
    for (; c + 8 <= channels; c += 8) {
      const at = <usize>c * FLOAT;
      let p = block + at;
      const m0 = v128.load(mean + at);
      const m1 = v128.load(mean + at, 16);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      for (let row: i32 = 0; row < count; row++) {
        const d0 = f32x4.sub(v128.load(p), m0);
        const d1 = f32x4.sub(v128.load(p, 16), m1);
        s0 = f32x4.add(s0, f32x4.mul(d0, d0));
        s1 = f32x4.add(s1, f32x4.mul(d1, d1));
        p += stride;
      }
      v128.store(out + at, f32x4.add(v128.load(out + at), s0));
      v128.store(out + at, f32x4.add(v128.load(out + at, 16), s1), 16);
    }
    for (; c < channels; c++) {
      const at = <usize>c * FLOAT;
      let p = block + at;
      const m = load<f32>(mean + at);
      let s: f32 = 0;
      for (let row: i32 = 0; row < count; row++) {
        const d = load<f32>(p) - m;
        s += d * d;
        p += stride;
      }
      store<f32>(out + at, load<f32>(out + at) + s);
    }
  }
}

// ---------------------------------------------------------------- batch normalization, backward

/**
 * With g = dy where low < x · scale + shift < high, else 0: sums[c] = Σ g, moments[c] = Σ g · (x − mean). The gate is the
 * activation's, worked out from what went into it, so that its result need not be kept.
 */
export function normSums(
  dy: usize, x: usize, mean: usize, scale: usize, shift: usize, sums: usize, moments: usize, rows: i32, channels: i32, low: f32, high: f32,
): void {
  memory.fill(sums, 0, <usize>channels * FLOAT);
  memory.fill(moments, 0, <usize>channels * FLOAT);
  const stride = <usize>channels * FLOAT;
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (let first: i32 = 0; first < rows; first += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - first);
    const start = <usize>first * stride;
    let c: i32 = 0;
    for (; c + 4 <= channels; c += 4) {
      const at = <usize>c * FLOAT;
      let p = start + at;
      const m = v128.load(mean + at);
      const a = v128.load(scale + at);
      const b = v128.load(shift + at);
      let s = f32x4.splat(0);
      let t = s;
      for (let row: i32 = 0; row < count; row++) {
        const value = v128.load(x + p);
        const z = f32x4.add(f32x4.mul(value, a), b);
        const g = v128.and(v128.load(dy + p), v128.and(f32x4.gt(z, lows), f32x4.lt(z, highs)));
        s = f32x4.add(s, g);
        t = f32x4.add(t, f32x4.mul(g, f32x4.sub(value, m)));
        p += stride;
      }
      v128.store(sums + at, f32x4.add(v128.load(sums + at), s));
      v128.store(moments + at, f32x4.add(v128.load(moments + at), t));
    }
    for (; c < channels; c++) {
      const at = <usize>c * FLOAT;
      let p = start + at;
      const m = load<f32>(mean + at);
      const a = load<f32>(scale + at);
      const b = load<f32>(shift + at);
      let s: f32 = 0;
      let t: f32 = 0;
      for (let row: i32 = 0; row < count; row++) {
        const value = load<f32>(x + p);
        const z: f32 = value * a + b;
        const g: f32 = z > low && z < high ? load<f32>(dy + p) : 0;
        s += g;
        t += g * (value - m);
        p += stride;
      }
      store<f32>(sums + at, load<f32>(sums + at) + s);
      store<f32>(moments + at, load<f32>(moments + at) + t);
    }
  }
}

/** dx = g · scale + x · slope + rest, with g as in `normSums`. */
export function normInputGradient(
  dy: usize, x: usize, scale: usize, shift: usize, slope: usize, rest: usize, dx: usize, rows: i32, channels: i32, low: f32, high: f32,
): void {
  const stride = <usize>channels * FLOAT;
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (let row: i32 = 0; row < rows; row++) {
    let c: i32 = 0;
    for (; c + 4 <= channels; c += 4) {
      const at = <usize>c * FLOAT;
      const value = v128.load(x + at);
      const a = v128.load(scale + at);
      const z = f32x4.add(f32x4.mul(value, a), v128.load(shift + at));
      const g = v128.and(v128.load(dy + at), v128.and(f32x4.gt(z, lows), f32x4.lt(z, highs)));
      v128.store(dx + at, f32x4.add(f32x4.add(f32x4.mul(g, a), f32x4.mul(value, v128.load(slope + at))), v128.load(rest + at)));
    }
    for (; c < channels; c++) {
      const at = <usize>c * FLOAT;
      const value = load<f32>(x + at);
      const a = load<f32>(scale + at);
      const z: f32 = value * a + load<f32>(shift + at);
      const g: f32 = z > low && z < high ? load<f32>(dy + at) : 0;
      store<f32>(dx + at, g * a + value * load<f32>(slope + at) + load<f32>(rest + at));
    }
    dy += stride;
    x += stride;
    dx += stride;
  }
}

// ---------------------------------------------------------------- pooling

/** dx = each window's dy at the first cell, row by row, that holds its maximum. */
export function maxPoolGradient(
  dy: usize, x: usize, dx: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  windowHeight: i32, windowWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
): void {
  const isHalving = windowHeight === 2 && windowWidth === 2 && strideHeight === 2 && strideWidth === 2 && top === 0 && left === 0;
  const isWhole = outHeight * 2 <= height && outWidth * 2 <= width && (channels & 3) === 0;
  if (isHalving && isWhole) {
    halvingGradient(dy, x, dx, batch, height, width, channels, outHeight, outWidth);
    return;
  }
  gradientOfWindows(dy, x, dx, batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth, strideHeight, strideWidth, top, left);
}

/** Windows of two by two, side by side. */
function halvingGradient(dy: usize, x: usize, dx: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32): void {
  const stride = <usize>channels * FLOAT;
  const line = <usize>width * stride;
  const picture = <usize>height * line;
  if (height > 2 * outHeight || width > 2 * outWidth) memory.fill(dx, 0, <usize>batch * picture);
  for (let n: i32 = 0; n < batch; n++) {
    for (let i: i32 = 0; i < outHeight; i++) {
      let offset = <usize>n * picture + <usize>(2 * i) * line;
      for (let j: i32 = 0; j < outWidth; j++) {
        for (let at: usize = 0; at < stride; at += 16) {
          const p = x + offset + at;
          const q = dx + offset + at;
          const a = v128.load(p);
          const b = v128.load(p + stride);
          const c = v128.load(p + line);
          const d = v128.load(p + line + stride);
          const gradient = v128.load(dy + at);
          // A cell has it where it is above all before it and not below any after it.
          const ab = f32x4.pmax(a, b);
          const cd = f32x4.pmax(c, d);
          const isUpper = f32x4.ge(ab, cd);
          const upper = v128.and(gradient, isUpper);
          const lower = v128.andnot(gradient, isUpper);
          const isA = f32x4.ge(a, b);
          const isC = f32x4.ge(c, d);
          v128.store(q, v128.and(upper, isA));
          v128.store(q + stride, v128.andnot(upper, isA));
          v128.store(q + line, v128.and(lower, isC));
          v128.store(q + line + stride, v128.andnot(lower, isC));
        }
        offset += 2 * stride;
        dy += stride;
      }
    }
  }
}

function gradientOfWindows(
  dy: usize, x: usize, dx: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  windowHeight: i32, windowWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
): void {
  const stride = <usize>channels * FLOAT;
  const picture = <usize>(height * width) * stride;
  const overlaps = windowHeight > strideHeight || windowWidth > strideWidth;
  const covers = !overlaps && (channels & 3) === 0 && height === outHeight * windowHeight && width === outWidth * windowWidth;
  if (!covers) memory.fill(dx, 0, <usize>batch * picture);
  for (let n: i32 = 0; n < batch; n++) {
    for (let i: i32 = 0; i < outHeight; i++) {
      const rowFrom = max(i * strideHeight - top, 0);
      const rowTo = min(i * strideHeight - top + windowHeight, height);
      for (let j: i32 = 0; j < outWidth; j++) {
        const columnFrom = max(j * strideWidth - left, 0);
        const columnTo = min(j * strideWidth - left + windowWidth, width);
        let c: i32 = 0;
        for (; c + 4 <= channels; c += 4) {
          const at = <usize>c * FLOAT;
          let best = f32x4.splat(-Infinity);
          let where = i32x4.splat(-1);
          for (let row = rowFrom; row < rowTo; row++) {
            for (let column = columnFrom; column < columnTo; column++) {
              const value = v128.load(x + <usize>(row * width + column) * stride + at);
              const larger = f32x4.gt(value, best);
              best = v128.bitselect(value, best, larger);
              where = v128.bitselect(i32x4.splat(row * width + column), where, larger);
            }
          }
          const gradient = v128.load(dy + at);
          for (let row = rowFrom; row < rowTo; row++) {
            for (let column = columnFrom; column < columnTo; column++) {
              const cell = dx + <usize>(row * width + column) * stride + at;
              const mine = v128.and(gradient, i32x4.eq(where, i32x4.splat(row * width + column)));
              v128.store(cell, overlaps ? f32x4.add(v128.load(cell), mine) : mine);
            }
          }
        }
        for (; c < channels; c++) {
          const at = <usize>c * FLOAT;
          let best: f32 = -Infinity;
          let where: i32 = -1;
          for (let row = rowFrom; row < rowTo; row++) {
            for (let column = columnFrom; column < columnTo; column++) {
              const value = load<f32>(x + <usize>(row * width + column) * stride + at);
              if (value > best) {
                best = value;
                where = row * width + column;
              }
            }
          }
          if (where >= 0) {
            const cell = dx + <usize>where * stride + at;
            store<f32>(cell, load<f32>(cell) + load<f32>(dy + at));
          }
        }
        dy += stride;
      }
    }
    x += picture;
    dx += picture;
  }
}

// ---------------------------------------------------------------- convolution by its kernel

/**
 * dw[kh, kw, ci, co] = Σ x[n, i·s + kh·d − top, j·s + kw·d − left, ci] · dy[n, i, j, co].
 *
 * Picture by picture both operands are packed into panels that the innermost loop reads in a row: x four numbers wide, a number
 * being one of (kw, ci) as its column j sees it, for every row of the picture that a kernel row can see; dy eight channels
 * wide. The sums of four by eight stay in registers over a whole picture. Scratch: xPanels rows · outWidth · 4 · ⌈kw·ci / 4⌉ floats,
 * dyPanels outHeight · outWidth · 8 · ⌈co / 8⌉, tiles kh · ⌈kw·ci / 4⌉ · ⌈co / 8⌉ · 32, with rows = (kh − 1)·d + (outHeight − 1)·s + 1.
 */
export function conv2dFilterGradient(
  x: usize, dy: usize, dw: usize, xPanels: usize, dyPanels: usize, tiles: usize,
  batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32,
  kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32, left: i32,
): void {
  const columns = kernelWidth * inChannels;
  const xBlocks = (columns + 3) >> 2;
  const dyBlocks = (outChannels + 7) >> 3;
  const rows = (kernelHeight - 1) * dilationHeight + (outHeight - 1) * strideHeight + 1;
  const xPanel = <usize>(rows * outWidth * 4) * FLOAT;
  const dyPanel = <usize>(outHeight * outWidth * 8) * FLOAT;
  const xLine = <usize>(outWidth * 4) * FLOAT;
  memory.fill(tiles, 0, <usize>(kernelHeight * xBlocks * dyBlocks * 32) * FLOAT);
  for (let n: i32 = 0; n < batch; n++) {
    packInputs(x, xPanels, height, width, inChannels, outWidth, rows, kernelWidth, strideWidth, dilationWidth, top, left, xBlocks, xPanel);
    packGradients(dy, dyPanels, outHeight * outWidth, outChannels, dyBlocks, dyPanel);
    let tile = tiles;
    for (let kh: i32 = 0; kh < kernelHeight; kh++) {
      for (let xBlock: i32 = 0; xBlock < xBlocks; xBlock++) {
        const from = xPanels + <usize>xBlock * xPanel + <usize>(kh * dilationHeight) * xLine;
        for (let dyBlock: i32 = 0; dyBlock < dyBlocks; dyBlock++) {
          addOuterProducts(from, dyPanels + <usize>dyBlock * dyPanel, tile, outHeight, outWidth, xLine * <usize>strideHeight);
          tile += 32 * FLOAT;
        }
      }
    }
    x += <usize>(height * width * inChannels) * FLOAT;
    dy += <usize>(outHeight * outWidth * outChannels) * FLOAT;
  }
  for (let kh: i32 = 0; kh < kernelHeight; kh++) {
    for (let column: i32 = 0; column < columns; column++) {
      for (let co: i32 = 0; co < outChannels; co++) {
        const tile = (kh * xBlocks + (column >> 2)) * dyBlocks + (co >> 3);
        const value = load<f32>(tiles + <usize>(tile * 32 + (column & 3) * 8 + (co & 7)) * FLOAT);
        store<f32>(dw + <usize>((kh * columns + column) * outChannels + co) * FLOAT, value);
      }
    }
  }
}

function packInputs(
  x: usize, panels: usize, height: i32, width: i32, channels: i32, outWidth: i32, rows: i32,
  kernelWidth: i32, strideWidth: i32, dilationWidth: i32, top: i32, left: i32, blocks: i32, panel: usize,
): void {
  memory.fill(panels, 0, <usize>blocks * panel);
  for (let row: i32 = 0; row < rows; row++) {
    const y = row - top;
    if (y < 0 || y >= height) continue;
    const line = x + <usize>(y * width * channels) * FLOAT;
    const target = panels + <usize>(row * outWidth * 4) * FLOAT;
    for (let kw: i32 = 0; kw < kernelWidth; kw++) {
      for (let j: i32 = 0; j < outWidth; j++) {
        const column = j * strideWidth + kw * dilationWidth - left;
        if (column < 0 || column >= width) continue;
        const source = line + <usize>(column * channels) * FLOAT;
        const at = target + <usize>(j * 4) * FLOAT;
        let q = kw * channels;
        let c: i32 = 0;
        if ((q & 3) === 0) {
          for (; c + 4 <= channels; c += 4) {
            v128.store(at + <usize>(q >> 2) * panel, v128.load(source + <usize>c * FLOAT));
            q += 4;
          }
        }
        for (; c < channels; c++) {
          store<f32>(at + <usize>(q >> 2) * panel + <usize>(q & 3) * FLOAT, load<f32>(source + <usize>c * FLOAT));
          q++;
        }
      }
    }
  }
}

function packGradients(dy: usize, panels: usize, cells: i32, channels: i32, blocks: i32, panel: usize): void {
  const whole = channels >> 3;
  for (let cell: i32 = 0; cell < cells; cell++) {
    let target = panels + <usize>(cell * 8) * FLOAT;
    for (let block: i32 = 0; block < whole; block++) {
      v128.store(target, v128.load(dy));
      v128.store(target, v128.load(dy, 16), 16);
      dy += 8 * FLOAT;
      target += panel;
    }
    if (whole < blocks) {
      v128.store(target, f32x4.splat(0));
      v128.store(target, f32x4.splat(0), 16);
      for (let c = whole << 3; c < channels; c++) {
        store<f32>(target + <usize>(c & 7) * FLOAT, load<f32>(dy));
        dy += FLOAT;
      }
    }
  }
}

/** tile[4][8] += Σ over cells of x[4] ⊗ dy[8]. */
function addOuterProducts(x: usize, dy: usize, tile: usize, outHeight: i32, outWidth: i32, xStep: usize): void {
  let a0 = v128.load(tile);
  let a1 = v128.load(tile, 16);
  let b0 = v128.load(tile, 32);
  let b1 = v128.load(tile, 48);
  let c0 = v128.load(tile, 64);
  let c1 = v128.load(tile, 80);
  let d0 = v128.load(tile, 96);
  let d1 = v128.load(tile, 112);
  for (let i: i32 = 0; i < outHeight; i++) {
    let p = x;
    for (let j: i32 = 0; j < outWidth; j++) {
      const g0 = v128.load(dy);
      const g1 = v128.load(dy, 16);
      const xa = v128.load32_splat(p);
      a0 = f32x4.add(a0, f32x4.mul(xa, g0));
      a1 = f32x4.add(a1, f32x4.mul(xa, g1));
      const xb = v128.load32_splat(p, 4);
      b0 = f32x4.add(b0, f32x4.mul(xb, g0));
      b1 = f32x4.add(b1, f32x4.mul(xb, g1));
      const xc = v128.load32_splat(p, 8);
      c0 = f32x4.add(c0, f32x4.mul(xc, g0));
      c1 = f32x4.add(c1, f32x4.mul(xc, g1));
      const xd = v128.load32_splat(p, 12);
      d0 = f32x4.add(d0, f32x4.mul(xd, g0));
      d1 = f32x4.add(d1, f32x4.mul(xd, g1));
      p += 16;
      dy += 32;
    }
    x += xStep;
  }
  v128.store(tile, a0);
  v128.store(tile, a1, 16);
  v128.store(tile, b0, 32);
  v128.store(tile, b1, 48);
  v128.store(tile, c0, 64);
  v128.store(tile, c1, 80);
  v128.store(tile, d0, 96);
  v128.store(tile, d1, 112);
}

/** out[kh, kw, o, c] = w[last kh − kh, last kw − kw, c, o]. */
export function turnKernel(w: usize, out: usize, taps: i32, inChannels: i32, outChannels: i32): void {
  const size = inChannels * outChannels;
  for (let tap: i32 = 0; tap < taps; tap++) {
    const source = w + <usize>((taps - 1 - tap) * size) * FLOAT;
    for (let c: i32 = 0; c < inChannels; c++) {
      let from = source + <usize>(c * outChannels) * FLOAT;
      let to = out + <usize>(tap * size + c) * FLOAT;
      for (let o: i32 = 0; o < outChannels; o++) {
        store<f32>(to, load<f32>(from));
        from += FLOAT;
        to += <usize>inChannels * FLOAT;
      }
    }
  }
}

// ---------------------------------------------------------------- depthwise convolution (one output a channel)

/** dw[kh, kw, c] = Σ x[n, i·s + kh·d − top, j·s + kw·d − left, c] · dy[n, i, j, c]. */
export function depthwiseFilterGradient(
  x: usize, dy: usize, dw: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32, left: i32,
): void {
  const stride = <usize>channels * FLOAT;
  memory.fill(dw, 0, <usize>(kernelHeight * kernelWidth) * stride);
  for (let n: i32 = 0; n < batch; n++) {
    for (let kh: i32 = 0; kh < kernelHeight; kh++) {
      for (let kw: i32 = 0; kw < kernelWidth; kw++) {
        const offset = kw * dilationWidth - left;
        const first = offset < 0 ? (strideWidth - 1 - offset) / strideWidth : 0;
        const last = min(outWidth, (width - 1 - offset) / strideWidth + 1);
        if (offset > width - 1) continue;
        const sums = dw + <usize>(kh * kernelWidth + kw) * stride;
        const step = <usize>strideWidth * stride;
        let c: i32 = 0;
        for (; c + 8 <= channels; c += 8) {
          const at = <usize>c * FLOAT;
          let s0 = v128.load(sums + at);
          let s1 = v128.load(sums + at, 16);
          for (let i: i32 = 0; i < outHeight; i++) {
            const y = i * strideHeight + kh * dilationHeight - top;
            if (y < 0 || y >= height) continue;
            let p = x + <usize>(y * width + first * strideWidth + offset) * stride + at;
            let g = dy + <usize>(i * outWidth + first) * stride + at;
            for (let j = first; j < last; j++) {
              s0 = f32x4.add(s0, f32x4.mul(v128.load(p), v128.load(g)));
              s1 = f32x4.add(s1, f32x4.mul(v128.load(p, 16), v128.load(g, 16)));
              p += step;
              g += stride;
            }
          }
          v128.store(sums + at, s0);
          v128.store(sums + at, s1, 16);
        }
        for (; c < channels; c++) {
          const at = <usize>c * FLOAT;
          let s = load<f32>(sums + at);
          for (let i: i32 = 0; i < outHeight; i++) {
            const y = i * strideHeight + kh * dilationHeight - top;
            if (y < 0 || y >= height) continue;
            let p = x + <usize>(y * width + first * strideWidth + offset) * stride + at;
            let g = dy + <usize>(i * outWidth + first) * stride + at;
            for (let j = first; j < last; j++) {
              s += load<f32>(p) * load<f32>(g);
              p += step;
              g += stride;
            }
          }
          store<f32>(sums + at, s);
        }
      }
    }
    x += <usize>(height * width) * stride;
    dy += <usize>(outHeight * outWidth) * stride;
  }
}

/** dx[n, i·s + kh·d − top, j·s + kw·d − left, c] = Σ dy[n, i, j, c] · w[kh, kw, c]. */
export function depthwiseInputGradient(
  dy: usize, w: usize, dx: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32, left: i32,
): void {
  const stride = <usize>channels * FLOAT;
  memory.fill(dx, 0, <usize>(batch * height * width) * stride);
  for (let n: i32 = 0; n < batch; n++) {
    for (let i: i32 = 0; i < outHeight; i++) {
      for (let kh: i32 = 0; kh < kernelHeight; kh++) {
        const y = i * strideHeight + kh * dilationHeight - top;
        if (y < 0 || y >= height) continue;
        for (let kw: i32 = 0; kw < kernelWidth; kw++) {
          const weights = w + <usize>(kh * kernelWidth + kw) * stride;
          for (let j: i32 = 0; j < outWidth; j++) {
            const column = j * strideWidth + kw * dilationWidth - left;
            if (column < 0 || column >= width) continue;
            const target = dx + <usize>(y * width + column) * stride;
            const source = dy + <usize>(i * outWidth + j) * stride;
            let c: i32 = 0;
            for (; c + 4 <= channels; c += 4) {
              const at = <usize>c * FLOAT;
              v128.store(target + at, f32x4.add(v128.load(target + at), f32x4.mul(v128.load(source + at), v128.load(weights + at))));
            }
            for (; c < channels; c++) {
              const at = <usize>c * FLOAT;
              store<f32>(target + at, load<f32>(target + at) + load<f32>(source + at) * load<f32>(weights + at));
            }
          }
        }
      }
    }
    dy += <usize>(outHeight * outWidth) * stride;
    dx += <usize>(height * width) * stride;
  }
}
