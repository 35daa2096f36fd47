// Scanning by the camera, in browsers that find codes in pictures.

export const canWatch = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices);

// Each code counts once while it is in sight.
export async function watch(video, taken) {
  const detector = new BarcodeDetector({ formats: ["qr_code", "code_128"] });
  let before = "";
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.hidden = false;
  await video.play();
  while (video.srcObject) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found && found.rawValue !== before) await taken(found.rawValue);
    before = found ? found.rawValue : "";
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
