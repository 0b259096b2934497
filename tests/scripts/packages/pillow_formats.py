# packages: pillow
"""Pillow: every format both ways, damaged files, modes, resizing, drawing text, Exif, sequences, bombs refused."""
import io
import warnings

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, features

image = Image.new("RGB", (32, 16), (200, 100, 50))
draw = ImageDraw.Draw(image)
draw.ellipse((2, 2, 13, 13), fill="navy", outline="white")
draw.text((15, 2), "Aż", font=ImageFont.load_default(10))
for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA", "ICO", "PCX", "JPEG2000", "AVIF", "PDF"):
    stream = io.BytesIO()
    try:
        image.save(stream, kind)
        back = Image.open(io.BytesIO(stream.getvalue()))
        print(kind, back.size, back.mode, max(ImageChops.difference(image, back.convert("RGB")).getextrema())[1] < 90 if back.size == image.size else "")
    except Exception as error:
        print(kind, type(error).__name__, str(error)[:40].split(" 0x")[0].split("<")[0])
png = io.BytesIO()
image.save(png, "PNG")
for wrong in (b"", png.getvalue()[:40], png.getvalue()[:-20], b"\x89PNG" + bytes(50), png.getvalue()[:60] + b"\xff" * 10 + png.getvalue()[70:]):
    try:
        print(Image.open(io.BytesIO(wrong)).load() is not None)
    except Exception as error:
        print(type(error).__name__, str(error)[:30].split("<")[0])
print(image.resize((4, 2), Image.Resampling.LANCZOS).tobytes()[:9], image.convert("L").getpixel((0, 0)), image.convert("CMYK").getpixel((5, 5)), image.convert("P", palette=Image.Palette.ADAPTIVE, colors=4).getcolors() is not None, image.rotate(90, expand=True).size, image.filter(ImageFilter.GaussianBlur(1)).getpixel((2, 8)), image.histogram()[200], image.crop((1, 1, 3, 3)).tobytes().hex()[:12], image.quantize(3).getpalette()[:3], image.transpose(Image.Transpose.ROTATE_180).getpixel((31, 15)))
gif = io.BytesIO()
Image.new("RGB", (2, 2)).save(gif, "GIF", save_all=True, append_images=[Image.new("RGB", (2, 2), "red")], duration=[50, 70], loop=0)
frames = Image.open(gif)
print(frames.n_frames, frames.info["duration"], [frames.seek(i) or frames.tell() for i in range(2)], [name for name in ("jpg", "zlib", "libtiff", "freetype2", "webp", "littlecms2", "raqm", "avif", "jpg_2000") if features.check(name)])
Image.MAX_IMAGE_PIXELS = 400
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    Image.open(io.BytesIO(png.getvalue()))
    print(caught[0].category.__name__)
