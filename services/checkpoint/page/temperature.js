// Temperatures in degrees Celsius, compared in tenths: the rules of shared/base/temperature.py, word for word.

export const tenths = (degrees) => Math.floor(degrees * 10 + 0.5);

export const exceeds = (degrees, limit, atLimit = false) => tenths(degrees) + (atLimit ? 1 : 0) > tenths(limit);

export function liesWithin(degrees, [low, high]) {
  return low - 1 < degrees && degrees < high + 1 && tenths(low) <= tenths(degrees) && tenths(degrees) <= tenths(high);
}
