/**
 * What devices spend on an operation and on a moved byte, in picojoules, each with its range and its source. They are whole-device
 * figures where somebody measured a device, and so hold instructions, caches and leakage, which are many times the arithmetic: in
 * 45 nm an 8-bit multiply-accumulate alone is 0.23 pJ, in float32 4.6 pJ, a byte from an 8 kB cache 1.25 pJ and from DRAM 160 to
 * 325 pJ (Horowitz, "Computing's energy problem", ISSCC 2014). Factors between number types that nobody measured follow from how
 * many of each a core does in a cycle.
 */
import type { EnergyRange } from './types';

export type ProfileId = 'cortex-m4' | 'cortex-m7' | 'raspberry-pi' | 'phone-cpu' | 'phone-gpu' | 'coral' | 'laptop';

/** A place where numbers lie. */
export interface MemoryLevel {
  readonly label: string;
  readonly pjPerByte: EnergyRange;
}

export interface EnergyProfile {
  readonly id: ProfileId;
  readonly label: string;
  /** One multiply-accumulate, by what it is computed in. */
  readonly pjPerMac: Readonly<Record<'int8' | 'int16' | 'float32', EnergyRange>>;
  /** Bytes that fit in `near`; what does not comes from `far`. */
  readonly nearBytes: number;
  readonly near: MemoryLevel;
  readonly far: MemoryLevel;
  /** Whether weights are read from `far` each time even when they would fit: flash, on microcontrollers. */
  readonly weightsStayFar: boolean;
  /** Power while it waits, in watts. */
  readonly sleepW: EnergyRange;
  readonly sources: readonly string[];
}

const HOROWITZ = 'M. Horowitz, Computing’s energy problem (and what we can do about it), ISSCC 2014: DRAM 1.3 to 2.6 nJ for 64 bits, caches 10 to 100 pJ.';
const TINY = 'MLPerf Tiny v1.1, closed division, Krai, X-CUBE-AI 8.0.0 (github.com/mlcommons/tiny_results_v1.1): energy of the four reference models; cost per MAC, weight byte and activation byte by least squares, all four within 4 %. The upper ends are those of the slower microTVM with CMSIS-NN, from the same place.';
const CORTEX_M_FLOAT = 'Float32 by cycles: Arm’s technical reference manuals give two 16-bit multiply-accumulates a cycle (SMLAD), one float in three cycles on Cortex-M4 and one a cycle on Cortex-M7.';
const PHONE_POWER = 'Assumed power of the processor: 2 to 4 W, what a phone gives off without getting hot. It is the largest uncertainty.';
const PHONE_TIMES = 'MobileNetV1 (569 million MACs) in 18.2 ms on two threads and 10.9 ms on the GPU of an iPhone 11 Pro, float32 (github.com/freedomtan/glDelegateBenchmark).';

export const energyProfiles: readonly EnergyProfile[] = [
  {
    id: 'cortex-m4',
    label: 'Microcontroller, Cortex-M4 at 120 MHz',
    pjPerMac: { int8: range(970, 0.75, 1.8), int16: range(1500, 0.6, 1.8), float32: range(3900, 0.5, 2) },
    nearBytes: 640e3,
    near: { label: 'SRAM', pjPerByte: range(19_200, 0.75, 1.8) },
    far: { label: 'flash', pjPerByte: range(770, 0.75, 1.8) },
    weightsStayFar: true,
    sleepW: range(10e-6, 0.3, 10),
    sources: [`${TINY} Board: NUCLEO-L4R5ZI.`, CORTEX_M_FLOAT, 'Sleep: Stop 2 mode of the STM32L4+ is a few µA at 3 V (ST datasheet); sensors and regulators add to it.'],
  },
  {
    id: 'cortex-m7',
    label: 'Microcontroller, Cortex-M7 at 280 MHz',
    pjPerMac: { int8: range(446, 0.75, 1.8), int16: range(700, 0.6, 1.8), float32: range(900, 0.5, 2) },
    nearBytes: 1.4e6,
    near: { label: 'SRAM', pjPerByte: range(7516, 0.75, 1.8) },
    far: { label: 'flash', pjPerByte: range(343, 0.75, 1.8) },
    weightsStayFar: true,
    sleepW: range(100e-6, 0.3, 10),
    sources: [`${TINY} Board: NUCLEO-H7A3ZI-Q.`, CORTEX_M_FLOAT, 'Sleep: Stop mode of the STM32H7A3 is some tens of µA at 3 V (ST datasheet).'],
  },
  {
    id: 'raspberry-pi',
    label: 'Raspberry Pi 4 class, four Cortex-A72',
    pjPerMac: { int8: range(160, 0.6, 1.8), int16: range(240, 0.5, 2), float32: range(320, 0.5, 2) },
    nearBytes: 1e6,
    near: { label: 'cache', pjPerByte: range(12, 0.3, 2) },
    far: { label: 'LPDDR4', pjPerByte: range(120, 0.4, 2.7) },
    weightsStayFar: false,
    sleepW: range(2.7, 0.7, 1.2),
    sources: [
      'Quantized MobileNetV1 at 38.5 and Inception V4 at 2.0 frames a second with TensorFlow Lite on a Pi 4 (github.com/Qengineering/TensorFlow_Lite_Classification_RPi_64-bits), at 3.7 W above idle.',
      'Power: 2.7 W idle, 6.4 W on four busy cores (pidramble.com, power consumption benchmarks). A Pi does not sleep: waiting costs its idle power.',
      'Float32 at twice int8: the speed of quantized against float MobileNets on such cores (Jacob et al., CVPR 2018).',
      HOROWITZ,
    ],
  },
  {
    id: 'phone-cpu',
    label: 'Phone, processor',
    pjPerMac: { int8: range(35, 0.4, 2.5), int16: range(60, 0.4, 2.5), float32: range(95, 0.4, 2) },
    nearBytes: 4e6,
    near: { label: 'cache', pjPerByte: range(8, 0.3, 2) },
    far: { label: 'LPDDR4X', pjPerByte: range(80, 0.4, 4) },
    weightsStayFar: false,
    sleepW: range(0.03, 0.5, 3),
    sources: [PHONE_TIMES, PHONE_POWER, 'Int8 by the four-way dot products of Armv8.2 (SDOT); 2 to 4 times float32 in practice.', HOROWITZ],
  },
  {
    id: 'phone-gpu',
    label: 'Phone, GPU',
    pjPerMac: { int8: range(48, 0.4, 2.5), int16: range(48, 0.4, 2.5), float32: range(48, 0.4, 2.5) },
    nearBytes: 1e6,
    near: { label: 'on-chip memory', pjPerByte: range(8, 0.3, 2) },
    far: { label: 'LPDDR4X', pjPerByte: range(80, 0.4, 4) },
    weightsStayFar: false,
    sleepW: range(0.03, 0.5, 3),
    sources: [PHONE_TIMES, `${PHONE_POWER} For the GPU: 1 to 4 W.`, 'Browsers compute integers on GPUs as floats, so that all types cost the same.', HOROWITZ],
  },
  {
    id: 'coral',
    label: 'Coral USB Accelerator (Edge TPU)',
    pjPerMac: { int8: range(4, 0.25, 2), int16: range(4, 0.25, 2), float32: range(160, 0.5, 2) },
    nearBytes: 8e6,
    near: { label: 'on-chip SRAM, in the cost of a MAC', pjPerByte: range(0, 1, 1) },
    far: { label: 'host memory over USB', pjPerByte: range(1300, 0.5, 2) },
    weightsStayFar: false,
    sleepW: range(0.5, 0.5, 1.8),
    sources: [
      'Lower end: 2 TOPS per watt, 1 pJ a MAC (Coral USB Accelerator datasheet 1.4). Middle and upper end: power and throughput measured on six networks (QuTiBench, github.com/RCL-lab/QutibenchWeb, EdgeTPU-fast).',
      '8 MB of on-chip memory hold the weights; what is over comes from the host at each inference (coral.ai/docs/edgetpu/compiler).',
      'The Edge TPU takes int8 alone. Float32 runs on the host, counted as a Raspberry Pi’s at half.',
    ],
  },
  {
    id: 'laptop',
    label: 'Laptop, processor',
    pjPerMac: { int8: range(65, 0.4, 2.5), int16: range(130, 0.4, 2.5), float32: range(250, 0.4, 2) },
    nearBytes: 8e6,
    near: { label: 'cache', pjPerByte: range(12.5, 0.3, 2) },
    far: { label: 'DDR4', pjPerByte: range(160, 0.5, 2) },
    weightsStayFar: false,
    sleepW: range(5, 0.4, 1.6),
    sources: [
      'Peak rate over design power: Intel Core i5-1135G7, four cores at 2.4 GHz with 16 float32 MACs a cycle at 28 W (Intel ARK) is 182 pJ a MAC; real nets reach half to nine tenths of it. Four times as many in int8 (VNNI).',
      HOROWITZ,
    ],
  },
];

export function energyProfile(id: ProfileId): EnergyProfile {
  return energyProfiles.find((profile) => profile.id === id)!;
}

function range(value: number, low: number, high: number): EnergyRange {
  return { value, low: value * low, high: value * high };
}
