# packages: pillow
"""Pillow: drawing, filters, modes, every codec that the wheel has, metadata, and damaged input."""
import hashlib
import io

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError, features

print(sorted(n for n in ("jpg", "zlib", "libtiff", "webp", "jpg_2000", "freetype2") if features.check(n)))


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()[:12]


image = Image.new("RGB", (120, 80), "navy")
draw = ImageDraw.Draw(image)
draw.ellipse((10, 10, 70, 70), fill="gold", outline="black", width=3)
draw.polygon([(80, 70), (100, 10), (115, 70)], fill=(200, 30, 30))
draw.line((0, 79, 119, 0), fill="white", width=2)
draw.text((75, 2), "Hi!", fill="white")
print(image.size, image.mode, image.getpixel((40, 40)), digest(image))

print("-- operations")
print(digest(image.resize((60, 40), Image.Resampling.LANCZOS)), digest(image.rotate(30, expand=True)), image.rotate(30, expand=True).size)
print(digest(image.filter(ImageFilter.GaussianBlur(2))), digest(image.filter(ImageFilter.FIND_EDGES)), digest(ImageOps.autocontrast(image)))
print(digest(image.convert("L")), digest(image.convert("1")), digest(image.quantize(8).convert("RGB")), digest(image.convert("CMYK")), digest(image.convert("HSV")))
print(ImageStat.Stat(image).mean, image.getbbox(), ImageChops.difference(image, ImageOps.mirror(image)).getbbox(), image.histogram()[0])
print(digest(ImageEnhance.Contrast(image).enhance(1.5)), digest(image.transform((50, 50), Image.Transform.AFFINE, (1, 0.2, 0, 0, 1, 0))))
overlay = Image.new("RGBA", image.size, (0, 255, 0, 64))
print(Image.alpha_composite(image.convert("RGBA"), overlay).getpixel((0, 0)), Image.blend(image, ImageOps.invert(image), 0.5).getpixel((5, 5)))
print([band.getextrema() for band in image.split()], len(image.getcolors(10_000)), image.crop((5, 5, 9, 9)).size)

print("-- codecs")
for kind, options in (("PNG", {}), ("BMP", {}), ("GIF", {}), ("PPM", {}), ("TGA", {}), ("ICO", {}), ("TIFF", {"compression": "tiff_lzw"}),
                      ("JPEG", {"quality": 80}), ("WEBP", {"lossless": True}), ("JPEG2000", {}), ("PDF", {})):
    stream = io.BytesIO()
    try:
        image.save(stream, kind, **options)
        if kind == "PDF":
            print(kind, stream.getvalue()[:5])
            continue
        stream.seek(0)
        back = Image.open(stream)
        back.load()
        print(kind, back.format, back.size, back.mode, digest(back.convert("RGB")) == digest(image))
    except (OSError, KeyError) as error:
        print(kind, type(error).__name__, error)

print("-- animation and EXIF")
frames = [Image.new("P", (8, 8), n) for n in range(3)]
stream = io.BytesIO()
frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], duration=[10, 20, 30], loop=0)
animation = Image.open(stream)
print(animation.n_frames, animation.is_animated, animation.info["duration"])
exif = Image.Exif()
exif[0x0110] = "Camera"
stream = io.BytesIO()
image.save(stream, "JPEG", exif=exif)
print(Image.open(stream).getexif()[0x0110])

print("-- damaged")
jpeg = stream.getvalue()
for data in (jpeg[: len(jpeg) // 2], jpeg[:20], b"not an image", b"\x89PNG\r\n\x1a\n" + bytes(20)):
    try:
        Image.open(io.BytesIO(data)).load()
        print("loaded")
    except (OSError, SyntaxError, UnidentifiedImageError) as error:
        print(type(error).__name__, str(error).split(" <")[0])
