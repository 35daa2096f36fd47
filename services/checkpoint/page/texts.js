// What the page says in Chinese and English but for the reasons, whose texts are the service's (reasons.js).

const TEXTS = {
  language: ["English", "中文"],
  sound: ["声音", "Sound"],
  enrolment: ["登记本设备", "Enrol this device"],
  code: ["一次性登记码", "One-time code"],
  enrol: ["登记", "Enrol"],
  token_instead: ["使用令牌", "Use a token instead"],
  gate: ["卡口编号", "Gate"],
  token: ["令牌", "Token"],
  scan_here: ["扫码或输入", "Scan or type here"],
  temperature: ["体温 ℃", "Temperature °C"],
  in: ["进", "In"],
  out: ["出", "Out"],
  mask: ["口罩", "Mask"],
  mask_unknown: ["未查看", "Not looked at"],
  mask_yes: ["已佩戴", "Worn"],
  mask_no: ["未佩戴", "Missing"],
  check: ["核验", "Check"],
  camera: ["用摄像头扫码", "Scan by camera"],
  allow: ["放行", "PASS"],
  deny: ["禁止通行", "STOP"],
  recheck: ["人工核验", "CHECK"],
  live: ["在线", "live"],
  cached: ["离线名单", "own list"],
  offline: ["离线", "cut off"],
  online: ["已连接", "connected"],
  cut_off: ["未连接", "not connected"],
  age: ["名单时效", "list age"],
  no_list: ["无名单", "no list yet"],
  unsent: ["未上传", "unsent"],
  not_recorded: ["未记录！请手工登记", "NOT RECORDED: write it down"],
  unread: ["未读取", "Not read"],
  not_read: ["无法识别，请重新扫描", "Not read: scan again"],
  compare: ["请核对", "compare"],
  no_temperature: ["不是有效体温（℃），请重新测量", "Not a body temperature in °C: measure again"],
  clock_slow: ["本机时钟慢 {}，已按服务时间校正，请校准", "This device's clock is {} slow: times are corrected; set the clock"],
  clock_fast: ["本机时钟快 {}，已按服务时间校正，请校准", "This device's clock is {} fast: times are corrected; set the clock"],
  clock_in_doubt: [
    "本机时钟可能被改动或已复位，连上服务前时间不可靠，请校准",
    "This device's clock may have been changed or reset: times are not sure until the service answers; set the clock",
  ],
  clock: ["秒 分 时 天", "s min h d"],
};

let at = 0;

export function speak(language) {
  at = language === "en" ? 1 : 0;
  document.documentElement.lang = at ? "en" : "zh";
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
}

export const say = (name) => TEXTS[name][at];

export const one = (pair) => pair[at];

export function inWords(seconds) {
  const units = say("clock").split(" ");
  const [size, unit] = [[86400, 3], [3600, 2], [60, 1], [1, 0]].find(([size]) => seconds >= size) || [1, 0];
  return `${Math.max(0, Math.floor(seconds / size))} ${units[unit]}`;
}
